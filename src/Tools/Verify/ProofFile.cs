using Trading.Domain.Logs;
using Trading.EventStore.Verification;
using Trading.Tools.Anchor;

namespace Trading.Tools.Verify;

/// <summary>Checks the proof of one event without a database.</summary>
internal static class ProofFile
{
    /// <summary>The exit code: whether the proof holds against one of the anchors.</summary>
    /// <exception cref="ToolException">No such proof, or no anchor file.</exception>
    public static int Check(string file, List<AnchorText> anchors, byte[]? trusted, bool json)
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
            return Refuse(forged.Detail, json);
        }

        switch (ProofCheck.Check(proof, anchor.Anchor))
        {
            case ProofVerdict.Proven { Event: var proven }:
                Say(
                    $"Proven: event {proven.Id} ({proven.Type}) stood at offset {proven.Offset} as version {proven.Version} of "
                        + $"{proven.Stream}, recorded at {proven.RecordedAt:O}.",
                    proven,
                    json
                );
                return ExitCode.Clean;
            case var refused:
                return Refuse(((ProofVerdict.Refused)refused).Reason, json);
        }
    }

    private static int Refuse(string reason, bool json)
    {
        if (json)
        {
            JsonLine.Write(writer =>
            {
                writer.WriteBoolean("proven"u8, false);
                writer.WriteString("reason"u8, reason);
            });
        }
        else
        {
            Console.WriteLine(reason);
        }

        return ExitCode.Found;
    }

    private static void Say(string words, RecordedEvent proven, bool json)
    {
        if (!json)
        {
            Console.WriteLine(words);
            return;
        }

        JsonLine.Write(writer =>
        {
            writer.WriteBoolean("proven"u8, true);
            writer.WriteString("id"u8, $"{proven.Id}");
            writer.WriteString("type"u8, proven.Type);
            writer.WriteNumber("offset"u8, proven.Offset.Value);
            writer.WriteString("stream"u8, proven.Stream.Value);
            writer.WriteNumber("version"u8, proven.Version.Value);
            writer.WriteString("recordedAt"u8, proven.RecordedAt.UtcDateTime);
        });
    }
}
