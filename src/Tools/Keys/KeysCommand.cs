using System.CommandLine;
using System.Globalization;
using Trading.EventStore;
using Trading.EventStore.Secrets;
using Trading.Tools.Connect;
using Trading.Tools.Progress;

namespace Trading.Tools.Keys;

/// <summary>The verbs <c>keys show</c> and <c>keys rotate</c>: which master key wraps the users' keys, and how to change it.</summary>
internal sealed class KeysCommand
{
    private const int KeyBytes = 32;
    private readonly ConnectionOptions _connection = new();

    private readonly Option<string> _to = new("--to")
    {
        Description = "File with the master key from now on: 32 bytes in base64 (openssl rand -base64 32).",
        HelpName = "file",
        Required = true,
    };

    private readonly Option<string[]> _from = new("--from")
    {
        Description = "File with the master key until now; may be given several times.",
        HelpName = "file",
        Required = true,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Say the result as JSON." };

    /// <summary>The verbs.</summary>
    public static Command Create()
    {
        var keys = new Command("keys", "Which master key wraps the users' keys, and how to change it.");
        keys.Subcommands.Add(new KeysCommand().Show());
        keys.Subcommands.Add(new KeysCommand().Rotate());
        return keys;
    }

    private Command Show()
    {
        var command = new Command(
            "show",
            $"""
            Says how many users' keys each master key wraps. A master key is named by the first bytes of its hash.

            {Logins.OwnerNote}
            """
        );
        command.Options.Add(_json);
        _connection.AddTo(command);
        command.SetAction(ShowAsync);
        return command;
    }

    private Command Rotate()
    {
        var command = new Command(
            "rotate",
            $"""
            Wraps all users' keys with another master key, 500 at a time; run it again when it was interrupted. The order
            that no reader notices:

              1. Restart the services with the new key as TRADING_MASTER_KEY and the old one as
                 TRADING_FORMER_MASTER_KEYS: they read both and make keys with the new one.
              2. trading-tools keys rotate --from=old.key --to=new.key
              3. When 'keys show' names the new key alone, drop TRADING_FORMER_MASTER_KEYS.

            {Logins.OwnerNote}
            Exit code: 0 all are wrapped by the new key, 1 some are wrapped by a key that was not given, 2 it could not be done.
            """
        );
        command.Options.Add(_from);
        command.Options.Add(_to);
        command.Options.Add(_json);
        _connection.AddTo(command);
        command.SetAction(RotateAsync);
        return command;
    }

    private async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        await using var login = await Logins.WithAsync(
            database.ConnectionString,
            EventStoreSchema.OwnerRole,
            cancellation
        );
        foreach (var (name, count) in await new KeyRotation(login).CountAsync(cancellation))
        {
            Console.WriteLine(
                parsed.GetValue(_json)
                    ? string.Create(CultureInfo.InvariantCulture, $$"""{"masterKey":"{{name}}","users":{{count}}}""")
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"{(name.Length == 0 ? "(not named)" : name), -16}  {count:N0} users"
                    )
            );
        }

        return ExitCode.Clean;
    }

    private async Task<int> RotateAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var current = ReadKey(parsed.GetValue(_to)!);
        var former = parsed.GetValue(_from)!.Select(file => (ReadOnlyMemory<byte>)ReadKey(file)).ToList();
        await using var database = await _connection.OpenAsync(parsed, cancellation);
        await using var login = await Logins.WithAsync(
            database.ConnectionString,
            EventStoreSchema.OwnerRole,
            cancellation
        );
        var rotation = new KeyRotation(login);
        var total = (await rotation.CountAsync(cancellation)).Values.Sum();
        (long Wrapped, long Unopened) result;
        using (var line = new ProgressLine("rotate", "keys", quiet: parsed.GetValue(_json)))
        {
            result = await rotation.RunAsync(current, former, line.Of(total), cancellation);
        }

        Console.WriteLine(
            parsed.GetValue(_json)
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""{"wrapped":{{result.Wrapped}},"unopened":{{result.Unopened}}}"""
                )
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{result.Wrapped:N0} keys wrapped anew, {result.Unopened:N0} that none of the given keys opens."
                )
        );
        return result.Unopened == 0 ? ExitCode.Clean : ExitCode.Found;
    }

    private static byte[] ReadKey(string file)
    {
        try
        {
            return Convert.FromBase64String(File.ReadAllText(file).Trim()) is { Length: KeyBytes } key
                ? key
                : throw new ToolException($"{file} does not hold {KeyBytes} bytes in base64.");
        }
        catch (FormatException)
        {
            throw new ToolException($"{file} does not hold {KeyBytes} bytes in base64.");
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"The key cannot be read: {unusable.Message}");
        }
    }
}
