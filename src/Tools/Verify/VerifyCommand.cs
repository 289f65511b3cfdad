using System.CommandLine;
using Trading.EventStore;
using Trading.EventStore.Verification;
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

    private readonly Option<string?> _anchor = new("--anchor")
    {
        Description = "A head that an earlier run printed: the journal must still contain exactly it.",
        HelpName = "offset:hash",
    };

    private VerifyCommand() => _log.AcceptOnlyFromAmong(Journal, Market);

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new VerifyCommand();
        var command = new Command(
            "verify",
            """
            Reads the logs from the first event to the head and says whether they are whole: offsets dense, versions
            contiguous, events decodable, digests right, the journal's chain unbroken.

            Exit code: 0 all is well, 1 something is wrong (each finding is printed), 2 it could not be checked.
            On a terminal the result is for people; redirected, it is one JSON object a line.

            Examples:
              trading-tools verify
              trading-tools verify --log=journal --anchor=120044:9f86d081884c7d65…
            """
        );
        command.Options.Add(verb._log);
        command.Options.Add(verb._anchor);
        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var anchor = parsed.GetValue(_anchor) is { } text ? Anchor.Parse(text) : null;
        var connectionString = await _connection.ResolveAsync(parsed, cancellation);
        await using var logs = await ReadOnlyLogs.OpenAsync(connectionString, cancellation);
        var verifier = new LogVerifier(logs.Reader);
        IVerifyReport report = Console.IsOutputRedirected ? new LineReport() : new TerminalReport();
        var only = parsed.GetValue(_log);
        var findings = 0;
        if (only is null or Journal)
        {
            findings += await CheckJournalAsync(verifier, anchor, report, cancellation);
        }

        if (only is null or Market)
        {
            findings += await CheckMarketAsync(verifier, logs, report, cancellation);
        }

        return findings == 0 ? ExitCode.Clean : ExitCode.Found;
    }

    private static async Task<int> CheckJournalAsync(
        LogVerifier verifier,
        Anchor? anchor,
        IVerifyReport report,
        CancellationToken cancellation
    )
    {
        var head = await verifier.HeadAsync(cancellation);
        report.Begin(Journal, head.Offset);
        var count = 0;
        await foreach (var finding in verifier.VerifyJournalAsync(report, cancellation))
        {
            report.Tell(Journal, finding);
            count++;
        }

        if (anchor is not null && await anchor.CheckAsync(verifier, cancellation) is { } lost)
        {
            report.Tell(Journal, lost);
            count++;
        }

        report.End(Journal, head.Offset, head.Hash, count);
        return count;
    }

    private static async Task<int> CheckMarketAsync(
        LogVerifier verifier,
        PostgresLogs logs,
        IVerifyReport report,
        CancellationToken cancellation
    )
    {
        var head = await logs.Market.HeadAsync(cancellation);
        report.Begin(Market, head);
        var count = 0;
        await foreach (var finding in verifier.VerifyMarketAsync(report, cancellation))
        {
            report.Tell(Market, finding);
            count++;
        }

        report.End(Market, head, ReadOnlyMemory<byte>.Empty, count);
        return count;
    }
}
