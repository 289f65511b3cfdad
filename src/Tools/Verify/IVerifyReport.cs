using Trading.Domain.Logs;
using Trading.EventStore.Verification;

namespace Trading.Tools.Verify;

/// <summary>Tells how a verification goes.</summary>
internal interface IVerifyReport
{
    /// <summary>Something is wrong.</summary>
    void Tell(string log, Finding finding);

    /// <summary>The journal has been held against an anchor.</summary>
    void Tell(AnchorVerdict anchor);

    /// <summary>A log has been read.</summary>
    void End(string log, Offset head, ReadOnlyMemory<byte> hash, int findings);
}
