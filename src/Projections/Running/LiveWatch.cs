using Npgsql;
using Trading.Projections.Reading;

namespace Trading.Projections.Running;

/// <summary>Tells runners what other processes did: another table is live, or an operator wants parked streams tried again.
/// </summary>
internal sealed class LiveWatch(ReadModelSources sources, IReadOnlyList<IProjectionRunner> runners)
{
    /// <summary>Looks once.</summary>
    /// <exception cref="NpgsqlException">The database is away; the runners notice by themselves.</exception>
    public async Task LookAsync(CancellationToken cancellation)
    {
        await using var command = sources.Operator.CreateCommand(
            """
            select c.model, c.projection, exists (
              select from read.parked_streams p where p.projection = c.projection and p.retry_asked)
            from read.checkpoints c where c.state = 'live'
            """
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        foreach (
            var (model, live, retry) in await reader.RowsAsync(
                row => (row.GetString(0), row.GetString(1), row.GetBoolean(2)),
                cancellation
            )
        )
        {
            foreach (var runner in runners)
            {
                if (runner.Model == model && (retry || runner.Progress.Projection != live))
                {
                    runner.Nudge();
                }
            }
        }
    }
}
