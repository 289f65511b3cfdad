using Trading.Domain.Logs;
using Trading.EventStore.Verification;
using Trading.Tools.Progress;

namespace Trading.Tools.Verify;

/// <summary>The verification of one log: how far it is, what it has found.</summary>
internal sealed class VerifyRun(string log, string unit, bool json) : IDisposable
{
    private readonly ProgressLine _line = new(log, unit, quiet: json);
    private readonly IVerifyReport _report =
        json || Console.IsOutputRedirected ? new LineReport() : new TerminalReport();
    private int _findings;

    /// <summary>Takes the offsets reached.</summary>
    public IProgress<Offset> Between(Offset after, Offset upTo) => _line.Between(after, upTo);

    /// <summary>Something is wrong.</summary>
    public void Tell(Finding finding)
    {
        _line.Clear();
        _report.Tell(log, finding);
        _findings++;
    }

    /// <summary>The log has been read.</summary>
    /// <returns>How much is wrong.</returns>
    public int End(Offset head, ReadOnlyMemory<byte> hash)
    {
        _line.Clear();
        _report.End(log, head, hash, _findings);
        return _findings;
    }

    /// <inheritdoc/>
    public void Dispose() => _line.Dispose();
}
