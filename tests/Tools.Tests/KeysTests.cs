using System.Security.Cryptography;
using FluentAssertions;
using Trading.EventStore;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

public sealed class KeysTests : IAsyncLifetime
{
    private const string Words = "known to its owner";
    private static readonly byte[] s_old = Enumerable.Repeat((byte)1, 32).ToArray();
    private static readonly byte[] s_new = Enumerable.Repeat((byte)2, 32).ToArray();
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-keys-test-").FullName;
    private PostgresDatabase _database = null!;
    private ReadOnlyMemory<byte> _sealed;

    private string Connection => $"--connection={_database.ConnectionString}";

    public async Task InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        await using var logs = await OpenAsync(s_old);
        _sealed = await logs.Sealer.SealAsync(Journal.Ann, Words, default);
        await logs.Sealer.SealAsync(Journal.Bob, Words, default);
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task All_keys_are_wrapped_anew_and_what_was_sealed_before_opens_with_the_new_master_key_alone()
    {
        var (old, @new) = (Write("old", s_old), Write("new", s_new));

        var other = Write("other", RandomNumberGenerator.GetBytes(32));

        var before = await ToolProcess.RunAsync("keys", "show", "--json", Connection);
        var blind = await ToolProcess.RunAsync(
            "keys",
            "rotate",
            $"--from={other}",
            $"--to={@new}",
            "--json",
            Connection
        );
        var rotated = await ToolProcess.RunAsync(
            "keys",
            "rotate",
            $"--from={old}",
            $"--to={@new}",
            "--json",
            Connection
        );
        var after = await ToolProcess.RunAsync("keys", "show", "--json", Connection);

        before.Objects.Single().GetProperty("users").GetInt64().Should().Be(2);
        blind.ExitCode.Should().Be(1, "none of the keys given opens them");
        blind.Output.Trim().Should().Be("""{"wrapped":0,"unopened":2}""");
        rotated.ExitCode.Should().Be(0, rotated.Error);
        rotated.Output.Trim().Should().Be("""{"wrapped":2,"unopened":0}""");
        rotated.Error.Should().BeEmpty("nobody looks at a line of progress");
        var name = after.Objects.Single().GetProperty("masterKey").GetString();
        name.Should().HaveLength(16).And.NotBe(before.Objects.Single().GetProperty("masterKey").GetString());
        await using var logs = await OpenAsync(s_new);
        (await logs.Sealer.OpenAsync(Journal.Ann, _sealed, default)).Should().Be(Words);
    }

    [Fact]
    public async Task What_is_no_key_ends_with_2_and_is_not_shown()
    {
        var key = Write("new", s_new);
        var text = Path.Combine(_folder, "text");
        await File.WriteAllTextAsync(text, "not-a-key");

        var run = await ToolProcess.RunAsync("keys", "rotate", $"--from={text}", $"--to={key}", Connection);

        run.ExitCode.Should().Be(2);
        run.Error.Should().Contain("32 bytes in base64").And.NotContain("not-a-key");
    }

    private Task<PostgresLogs> OpenAsync(byte[] master) =>
        PostgresLogs.OpenAsync(_database.ConnectionString, new() { MasterKey = master });

    private string Write(string name, byte[] key)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, Convert.ToBase64String(key));
        return file;
    }
}
