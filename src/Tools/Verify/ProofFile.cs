using Trading.EventStore.Verification;
using Trading.Tools.Anchor;

namespace Trading.Tools.Verify;

/// <summary>Checks the proof of one event without a database.</summary>
internal static class ProofFile
{
    /// <summary>The exit code: whether the proof holds against one of the anchors.</summary>
    /// <exception cref="ToolException">No such proof, or no anchor file.</exception>
    public static int Check(string file, List<AnchorText> anchors, byte[]? trusted)
    {
        if (!File.Exists(file) || EventProof.FromJson(File.ReadAllText(file)) is not { } proof)
        {
            throw new ToolException($"{file} is not a proof of an event.");
        }

        if (anchors is not [{ Signed: not null } anchor])
        {
            throw new ToolException("A proof is checked against one file of the verb anchor: --anchor=FILE");
        }

        if (anchor.CheckSignature(trusted) is { } forged)
        {
            Console.WriteLine(forged.Detail);
            return ExitCode.Found;
        }

        switch (ProofCheck.Check(proof, anchor.Anchor))
        {
            case ProofVerdict.Proven { Event: var proven }:
                Console.WriteLine(
                    $"Proven: event {proven.Id} ({proven.Type}) stood at offset {proven.Offset} as version {proven.Version} of "
                        + $"{proven.Stream}, recorded at {proven.RecordedAt:O}."
                );
                return ExitCode.Clean;
            case var refused:
                Console.WriteLine(((ProofVerdict.Refused)refused).Reason);
                return ExitCode.Found;
        }
    }
}
