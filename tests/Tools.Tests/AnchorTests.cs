using FluentAssertions;
using Npgsql;
using Trading.EventStore;
using Trading.EventStore.Verification;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

public sealed class AnchorTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-anchor-test-").FullName;
    private PostgresDatabase _database = null!;

    private string Connection => $"--connection={_database.ConnectionString}";

    private string Anchor => Path.Combine(_folder, "head.anchor.json");

    private string Key => Path.Combine(_folder, "keys", "anchor.key");

    public async Task InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(_database.ConnectionString);
        await Journal.AppendAsync(logs, Journal.Ann, Journal.Balance(1m), Journal.Balance(2m));
        await Journal.AppendAsync(logs, Journal.Bob, Journal.Position("EURUSD"));
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_anchor_is_signed_with_a_key_that_only_its_owner_reads()
    {
        var run = await MakeAnchorAsync();

        run.ExitCode.Should().Be(0, run.Error);
        SignedAnchor.FromJson(await File.ReadAllTextAsync(Anchor))!.IsSigned().Should().BeTrue();
        File.Exists(Key + ".pub").Should().BeTrue();
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Key).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        (await MakeAnchorAsync()).ExitCode.Should().Be(2, "an anchor is never written over");
    }

    [Fact]
    public async Task A_new_key_is_told_of_and_one_that_cannot_be_made_ends_with_2()
    {
        var made = await MakeAnchorAsync();
        var again = await ToolProcess.RunAsync("anchor", Connection, $"--out={Anchor}.2", $"--key={Key}");
        var folder = await ToolProcess.RunAsync("anchor", Connection, $"--out={Anchor}.3", $"--key={_folder}");

        made.Error.Should().Contain($"no key {Key}");
        again.Error.Should().BeEmpty();
        folder.ExitCode.Should().Be(2);
        folder.Error.Should().Contain(_folder).And.NotContain("   at ");
    }

    [Fact]
    public async Task A_journal_that_grew_since_still_contains_its_anchor()
    {
        await MakeAnchorAsync();
        await using (var logs = await PostgresLogs.OpenAsync(_database.ConnectionString))
        {
            await Journal.AppendAsync(logs, Journal.Ann, Journal.Balance(3m));
        }

        var run = await VerifyAsync();

        run.ExitCode.Should().Be(0, run.Output + run.Error);
    }

    [Fact]
    public async Task It_is_said_of_each_anchor_whether_the_journal_holds_it_and_who_signed_it()
    {
        await MakeAnchorAsync();
        var signer = SignedAnchor.FromJson(await File.ReadAllTextAsync(Anchor))!;

        var named = await VerifyAsync();
        var trusted = await VerifyAsync($"--public-key={Key}.pub");
        var unsigned = await ToolProcess.RunAsync(
            "verify",
            Connection,
            "--log=journal",
            $"--anchor=3:{Convert.ToHexStringLower(signer.Anchor.Hash.Span)}"
        );
        await DamageAsync("UPDATE eventstore.journal SET payload = '\\x00' WHERE log_offset = 1");
        var damaged = await VerifyAsync();

        var said = named.Objects[0];
        (said.GetProperty("anchor").GetInt64(), said.GetProperty("contained").GetBoolean()).Should().Be((3, true));
        said.GetProperty("signedBy").GetString().Should().Be(signer.KeyId);
        said.GetProperty("detail")
            .GetString()
            .Should()
            .Contain("holds what it says")
            .And.Contain("the file itself names");
        trusted.Objects[0].GetProperty("trusted").GetBoolean().Should().BeTrue();
        unsigned.Objects[0].GetProperty("signedBy").ValueKind.Should().Be(System.Text.Json.JsonValueKind.Null);
        damaged.ExitCode.Should().Be(1);
        damaged.Objects.Should().Contain(line => line.ToString().Contains("\"contained\":false"));
    }

    [Fact]
    public async Task A_cut_tail_ends_with_1()
    {
        await MakeAnchorAsync();
        await DamageAsync(
            "DELETE FROM eventstore.journal WHERE log_offset = 3; DELETE FROM eventstore.journal_batch WHERE last_offset = 3"
        );

        (await ToolProcess.RunAsync("verify", Connection, "--log=journal")).ExitCode.Should().Be(0);
        var run = await VerifyAsync();

        run.ExitCode.Should().Be(1);
        run.Output.Should().Contain("lostAnchor").And.Contain("cut off");
    }

    [Fact]
    public async Task An_anchor_that_was_edited_or_signed_by_another_ends_with_1()
    {
        await MakeAnchorAsync();
        var other = Path.Combine(_folder, "other.key");
        await ToolProcess.RunAsync("anchor", Connection, $"--out={Anchor}.other", $"--key={other}");

        (await VerifyAsync($"--public-key={Key}.pub")).ExitCode.Should().Be(0);
        var foreign = await VerifyAsync($"--public-key={other}.pub");
        await File.WriteAllTextAsync(
            Anchor,
            (await File.ReadAllTextAsync(Anchor)).Replace("\"batches\": 2", "\"batches\": 3", StringComparison.Ordinal)
        );
        var edited = await VerifyAsync();

        foreign.ExitCode.Should().Be(1);
        foreign.Output.Should().Contain("forgedAnchor");
        edited.ExitCode.Should().Be(1);
        edited.Output.Should().Contain("forgedAnchor");
    }

    [Fact]
    public async Task A_proof_is_checked_without_a_database()
    {
        await MakeAnchorAsync();
        var file = Path.Combine(_folder, "event.proof.json");
        await using (var logs = await PostgresLogs.OpenAsync(_database.ConnectionString))
        {
            await File.WriteAllTextAsync(file, (await new EventProver(logs.Reader).ProveAsync(new(2)))!.ToJson());
        }

        var proven = await ToolProcess.RunAsync("verify", $"--proof={file}", $"--anchor={Anchor}");
        await File.WriteAllTextAsync(
            file,
            (await File.ReadAllTextAsync(file)).Replace("\"version\": 2", "\"version\": 7", StringComparison.Ordinal)
        );
        var refused = await ToolProcess.RunAsync("verify", $"--proof={file}", $"--anchor={Anchor}", "--json");

        proven.ExitCode.Should().Be(0, proven.Error);
        proven.Output.Should().Contain("BalanceChanged").And.Contain("offset 2");
        refused.ExitCode.Should().Be(1);
        refused.Objects.Single().GetProperty("proven").GetBoolean().Should().BeFalse();
    }

    private Task<ToolRun> MakeAnchorAsync() =>
        ToolProcess.RunAsync("anchor", Connection, $"--out={Anchor}", $"--key={Key}");

    private Task<ToolRun> VerifyAsync(params string[] more) =>
        ToolProcess.RunAsync(["verify", Connection, "--log=journal", $"--anchor={Anchor}", .. more]);

    // As somebody with the superuser's password could.
    private async Task DamageAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SET session_replication_role = replica; {sql}", connection);
        await command.ExecuteNonQueryAsync();
    }
}
