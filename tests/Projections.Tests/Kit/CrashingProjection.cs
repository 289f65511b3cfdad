using Npgsql;
using Trading.Domain.Logs;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Tests.Kit;

/// <summary>A projection that fails at chosen steps, as a killed process would.</summary>
internal sealed class CrashingProjection(Projection<RecordedEvent> inner, Func<string, bool> crashesAt)
    : Projection<RecordedEvent>
{
    public override ReadModel Model => inner.Model;

    public override async ValueTask<IReadOnlyList<NpgsqlBatchCommand>> FoldAsync(
        NpgsqlConnection connection,
        IReadOnlyList<RecordedEvent> batch,
        CancellationToken cancellation
    )
    {
        Crash("before the fold");
        var writes = await inner.FoldAsync(connection, batch, cancellation);
        Crash("before the commit");
        return writes;
    }

    public override void Committed()
    {
        Crash("after the commit");
        inner.Committed();
    }

    public override void Forget() => inner.Forget();

    private void Crash(string step)
    {
        if (crashesAt(step))
        {
            throw new IOException($"Killed {step}.");
        }
    }
}
