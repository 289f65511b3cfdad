using System.CommandLine;
using System.Text;
using Trading.EventStore.Verification;
using Trading.Tools.Connect;
using Trading.Tools.Progress;

namespace Trading.Tools.Anchor;

/// <summary>The verb <c>anchor</c>: writes down, signed and outside the database, what the journal is now.</summary>
internal sealed class AnchorCommand
{
    private readonly ConnectionOptions _connection = new();

    private readonly Option<string?> _out = new("--out")
    {
        Description = "File to write; must not exist. Default: journal-<offset>.anchor.json in the working folder.",
        HelpName = "file",
    };

    private readonly Option<string> _key = new("--key")
    {
        Description =
            "Private key (PEM, P-256) that signs. Made with mode 0600 when missing, its public key beside it as <file>.pub.",
        HelpName = "file",
        DefaultValueFactory = _ => "anchor.key",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print the anchor itself." };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new AnchorCommand();
        var command = new Command(
            "anchor",
            """
            Writes a signed anchor of the journal: its newest offset, the chain's hash there, and the Merkle root of all
            batches. Whoever can write the database can make up a new chain, but none that fits an anchor kept elsewhere:
            store the file where the database's administrators cannot reach, and give the public key to those who check.

            What is anchored should be whole: run 'trading-tools verify' first.

            Role needed: one that may read the logs. Exit code: 0 written, 2 it could not be.

            Examples:
              trading-tools anchor --out=/mnt/worm/2026-01-31.anchor.json --key=/etc/trading/anchor.key
              trading-tools verify --anchor=/mnt/worm/2026-01-31.anchor.json --public-key=/etc/trading/anchor.key.pub
            """
        );
        command.Options.Add(verb._out);
        command.Options.Add(verb._key);
        command.Options.Add(verb._json);
        verb._connection.AddTo(command);
        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        await using var logs = await ReadOnlyLogs.OpenAsync(database, cancellation);
        var verifier = new LogVerifier(logs.Reader);
        using var key = AnchorKeyFile.OpenOrMake(parsed.GetValue(_key)!);
        var anchor = await MakeAsync(verifier, parsed.GetValue(_json), cancellation);
        var signed = SignedAnchor.Sign(anchor, key);
        var file = parsed.GetValue(_out) ?? $"journal-{anchor.Offset}.anchor.json";
        await WholeFile.WriteAsync(
            file,
            "an anchor",
            async stream =>
            {
                var line = Encoding.UTF8.GetBytes(signed.ToJson() + "\n");
                await stream.WriteAsync(line, cancellation);
                return line.Length;
            }
        );
        Console.WriteLine(
            parsed.GetValue(_json) || Console.IsOutputRedirected
                ? signed.ToJson()
                : $"{file}: the journal up to offset {anchor.Offset:N0}, signed with key {signed.KeyId}"
        );
        return ExitCode.Clean;
    }

    private static async Task<LogAnchor> MakeAsync(LogVerifier verifier, bool json, CancellationToken cancellation)
    {
        using var line = new ProgressLine("anchor", "events", quiet: json);
        var head = await verifier.HeadAsync(cancellation);
        var progress = line.Between(default, head.Offset);
        return await verifier.AnchorAsync(TimeProvider.System.GetUtcNow(), progress, cancellation);
    }
}
