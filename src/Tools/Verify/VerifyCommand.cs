using System.CommandLine;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.EventStore.Archive;
using Trading.EventStore.Verification;
using Trading.Tools.Anchor;
using Trading.Tools.Archive;
using Trading.Tools.Connect;

namespace Trading.Tools.Verify;

/// <summary>The verb <c>verify</c>: whether the logs are whole.</summary>
internal sealed class VerifyCommand
{
    private const string Journal = "journal";
    private const string Market = "market";

    private readonly ConnectionOptions _connection = new();

    private readonly Option<string?> _log = new("--log")
    {
        Description = "journal or market; without it, both.",
        HelpName = "log",
    };

    private readonly Option<string[]> _anchor = new("--anchor")
    {
        Description =
            "What the journal must still contain: a file of the verb anchor, or offset:hash as an earlier run printed it. "
            + "May be given several times.",
        HelpName = "file|offset:hash",
    };

    private readonly Option<string?> _publicKey = new("--public-key")
    {
        Description =
            "PEM file of the key that the anchors must be signed with. Without it, the key they name is believed.",
        HelpName = "file",
    };

    private readonly Option<string?> _proof = new("--proof")
    {
        Description = "Check this proof of one event against the anchor, and nothing else. Needs no database.",
        HelpName = "file",
    };

    private readonly ArchiveOption _archive = new();

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line, also on a terminal." };

    private VerifyCommand() => _log.AcceptOnlyFromAmong(Journal, Market);

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new VerifyCommand();
        var command = new Command(
            "verify",
            """
            Reads the logs from the first event to the head and says whether they are whole: offsets dense, versions
            contiguous, events decodable, digests right, the journal's chain unbroken. With an anchor that was kept outside
            the database, also that the past was not rewritten and the tail not cut off.

            Of each anchor it says whether the journal holds it, and whose key signed it. A private PostgreSQL that does not run
            is started for the while.

            Role needed: one that may read the logs.
            Exit code: 0 all is well, 1 something is wrong (each finding is printed), 2 it could not be checked.
            On a terminal the result is for people; redirected, it is one JSON object a line.

            Examples:
              trading-tools verify
              trading-tools verify --anchor=2026-01-31.anchor.json --public-key=anchor.key.pub
              trading-tools verify --log=journal --anchor=120044:9f86d081884c7d65…
              trading-tools verify --proof=event-4711.proof.json --anchor=2026-01-31.anchor.json
            """
        );
        foreach (var option in new Option[] { verb._log, verb._anchor, verb._publicKey, verb._proof, verb._json })
        {
            command.Options.Add(option);
        }

        verb._archive.AddTo(command);
        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var anchors = (parsed.GetValue(_anchor) ?? []).Select(AnchorText.Parse).ToList();
        RefuseIdle(parsed, anchors);
        var trusted = parsed.GetValue(_publicKey) is { } file ? AnchorKeyFile.ReadPublic(file) : null;
        if (parsed.GetValue(_proof) is { } proof)
        {
            return ProofFile.Check(proof, anchors, trusted, parsed.GetValue(_json));
        }

        await using var database = await _connection.OpenAsync(parsed, cancellation);
        await using var logs = await ReadOnlyLogs.OpenAsync(database, cancellation);
        var only = parsed.GetValue(_log);
        var findings = 0;
        if (only is null or Journal)
        {
            findings += await CheckJournalAsync(parsed, logs, anchors, trusted, cancellation);
        }

        if (only is null or Market)
        {
            findings += await CheckMarketAsync(parsed, logs, cancellation);
        }

        return findings == 0 ? ExitCode.Clean : ExitCode.Found;
    }

    // What was asked for and would not be looked at must not end as if it had been found in order.
    private void RefuseIdle(ParseResult parsed, List<AnchorText> anchors)
    {
        if (anchors.Count > 0 && parsed.GetValue(_log) == Market)
        {
            throw new ToolException("--anchor is about the journal, which --log=market leaves out.");
        }

        if (parsed.GetValue(_publicKey) is null)
        {
            return;
        }

        if (anchors.Count == 0)
        {
            throw new ToolException("--public-key says who must have signed an anchor: give --anchor=FILE too.");
        }

        if (anchors.Exists(anchor => anchor.Signed is null))
        {
            throw new ToolException("--public-key: an anchor given as offset:hash bears no signature. Give its file.");
        }
    }

    private async Task<int> CheckJournalAsync(
        ParseResult parsed,
        PostgresLogs logs,
        List<AnchorText> anchors,
        byte[]? trusted,
        CancellationToken cancellation
    )
    {
        var verifier = new LogVerifier(logs.Reader);
        var head = await verifier.HeadAsync(cancellation);
        using var run = new VerifyRun(Journal, "events", parsed.GetValue(_json));
        foreach (var anchor in anchors)
        {
            if (anchor.CheckSignature(trusted) is { } forged)
            {
                run.Tell(forged);
            }
        }

        var contained = anchors.ConvertAll(anchor => anchor.Anchor);
        var progress = run.Between(Offset.Start, head.Offset);
        await foreach (var finding in verifier.VerifyJournalAsync(progress, contained, cancellation))
        {
            run.Tell(finding);
        }

        anchors.ForEach(anchor => run.Tell(anchor, trusted));
        return run.End(head.Offset, head.Hash);
    }

    private async Task<int> CheckMarketAsync(ParseResult parsed, PostgresLogs logs, CancellationToken cancellation)
    {
        var verifier = new LogVerifier(logs.Reader);
        var head = await logs.Market.HeadAsync(cancellation);
        var oldest = await verifier.OldestTickAsync(cancellation);
        using var run = new VerifyRun(Market, "ticks", parsed.GetValue(_json));
        if (_archive.Folder(parsed) is { } archive)
        {
            foreach (var finding in ArchiveVerifier.Verify(archive, oldest))
            {
                cancellation.ThrowIfCancellationRequested();
                run.Tell(finding);
            }
        }

        var progress = run.Between(new((oldest?.Value ?? 1) - 1), head);
        await foreach (var finding in verifier.VerifyMarketAsync(progress, cancellation))
        {
            run.Tell(finding);
        }

        return run.End(head, ReadOnlyMemory<byte>.Empty);
    }
}
