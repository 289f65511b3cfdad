using Trading.Domain.Logs;
using Trading.EventStore.Verification;
using Trading.Tools.Anchor;
using Trading.Tools.Progress;

namespace Trading.Tools.Verify;

/// <summary>The verification of one log: how far it is, what it has found.</summary>
internal sealed class VerifyRun(string log, string unit, bool json) : IDisposable
{
    private readonly ProgressLine _line = new(log, unit, quiet: json);
    private readonly IVerifyReport _report =
        json || Console.IsOutputRedirected ? new LineReport() : new TerminalReport();
    private readonly List<Finding> _findings = [];

    /// <summary>Takes the offsets reached.</summary>
    public IProgress<Offset> Between(Offset after, Offset upTo) => _line.Between(after, upTo);

    /// <summary>Something is wrong.</summary>
    public void Tell(Finding finding)
    {
        _line.Clear();
        _report.Tell(log, finding);
        _findings.Add(finding);
    }

    /// <summary>Says of an anchor whether the journal holds it, and who signed it. Only once the journal has been read.</summary>
    public void Tell(AnchorText anchor, byte[]? trusted)
    {
        _line.Clear();
        _report.Tell(AnchorVerdict.Of(anchor, _findings, trusted));
    }

    /// <summary>The log has been read.</summary>
    /// <returns>How much is wrong.</returns>
    public int End(Offset head, ReadOnlyMemory<byte> hash)
    {
        _line.Clear();
        _report.End(log, head, hash, _findings.Count);
        return _findings.Count;
    }

    /// <inheritdoc/>
    public void Dispose() => _line.Dispose();
}
