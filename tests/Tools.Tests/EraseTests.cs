using System.Text;
using FluentAssertions;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.EventStore;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

/// <summary>After one command, nothing readable of a person remains, wherever one looks.</summary>
public sealed class EraseTests : IAsyncLifetime
{
    private const string Id = "8d1e-user-id";
    private const string Address = "ann.erased@example.com";
    private static readonly byte[] s_master = Enumerable.Repeat((byte)3, 32).ToArray();
    private static readonly string[] s_words =
    [
        Id,
        Address,
        "access-token-1",
        "LOGIN-4711",
        "my secret label",
        "my secret comment",
        "rent money",
        "the broker said so",
    ];

    private static readonly UserKey s_ann = UserKey.Of(Id);
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-erase-test-").FullName;
    private PostgresDatabase _database = null!;

    private string Connection => $"--connection={_database.ConnectionString}";

    public async Task InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        await using var logs = await OpenAsync();
        await ReadSchema.MigrateAsync(_database.DataSource, default);
        await AppendAsync(logs, s_ann, await StoryAsync(logs, s_ann));
        await AppendAsync(logs, Journal.Bob, await StoryAsync(logs, Journal.Bob));
        await using var keep = logs.Reader.CreateCommand(
            "INSERT INTO eventstore.snapshot (persistence_id, sequence_number, created, snapshot) VALUES ($1, 4, 0, $2)"
        );
        keep.Parameters.Add(new() { Value = Journal.StreamOf(s_ann).Value });
        keep.Parameters.Add(new() { Value = Encoding.UTF8.GetBytes("my secret label") });
        await keep.ExecuteNonQueryAsync();
        await ProjectAsync(logs);
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_erased_person_is_in_no_table_no_export_and_no_output_and_no_replay_brings_them_back()
    {
        var anchor = Path.Combine(_folder, "before.anchor.json");
        await ToolProcess.RunAsync("anchor", Connection, $"--out={anchor}", $"--key={_folder}/key");
        (await DumpAsync()).Should().Contain("my secret label", "the read models show it to its owner");

        var asked = await ToolProcess.RunAsync("erase", Address, Connection);
        var erased = await ToolProcess.RunAsync("erase", Address, Connection, "--yes", "--json");
        // It waits for running services, as the first did: what it must not change is looked at meanwhile.
        var repeated = ToolProcess.RunAsync("erase", Id, Connection, "--yes", "--json");
        var nobody = await ToolProcess.RunAsync("erase", "nobody@example.com", Connection, "--yes");

        (asked.ExitCode, erased.ExitCode, nobody.ExitCode).Should().Be((2, 0, 1), erased.Error);
        erased.Objects[0].GetProperty("keyDestroyed").GetBoolean().Should().BeTrue();
        erased.Objects[0].GetProperty("rowsDeleted").GetInt64().Should().BePositive();
        await NothingIsReadableAsync();
        var again = await repeated;
        again.ExitCode.Should().Be(0, again.Error);
        again.Objects[0].GetProperty("keyDestroyed").GetBoolean().Should().BeFalse();
        var verified = await ToolProcess.RunAsync("verify", Connection, "--log=journal", $"--anchor={anchor}");
        verified.ExitCode.Should().Be(0, verified.Output);

        await using var logs = await OpenAsync();
        await using (var command = _database.DataSource.CreateCommand("DROP SCHEMA read, read_tables CASCADE"))
        {
            await command.ExecuteNonQueryAsync();
        }

        await ReadSchema.MigrateAsync(_database.DataSource, default);
        await ProjectAsync(logs);
        await NothingIsReadableAsync();
        (await CountAsync("read.orders", s_ann)).Should().Be(0);
        (await CountAsync("read.orders", Journal.Bob)).Should().Be(1);
        (await CountAsync("read.users", s_ann)).Should().Be(0);
    }

    private async Task NothingIsReadableAsync()
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid():N}.ndjson");
        var export = await ToolProcess.RunAsync("export", Connection, $"--out={file}", "--readable");
        var events = await ToolProcess.RunAsync("events", Connection, $"--user={s_ann}");

        foreach (
            var text in new[]
            {
                await DumpAsync(s_ann),
                await File.ReadAllTextAsync(file),
                events.Output,
                export.Output,
            }
        )
        {
            Plain(text).Should().NotContainAny(s_words.Where(word => word is not "the broker said so"));
        }
    }

    // Base64 is no secret either.
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text);
        foreach (var part in text.Split('"').Where(part => part.Length > 7))
        {
            var bytes = new byte[part.Length];
            if (Convert.TryFromBase64String(part, bytes, out var length))
            {
                plain.AppendLine(Encoding.Latin1.GetString(bytes, 0, length));
            }
        }

        return plain.ToString();
    }

    private Task<PostgresLogs> OpenAsync() =>
        PostgresLogs.OpenAsync(_database.ConnectionString, new() { MasterKey = s_master });

    private static async Task<IMessage[]> StoryAsync(PostgresLogs logs, UserKey user)
    {
        var (name, source) = (user == s_ann ? "" : "bob's ", new BrokerMessage { Type = "ProtoOATrader" });
        source.Body = ByteString.CopyFromUtf8("the broker said so");
        async Task<ByteString> SealAsync(string text) =>
            ByteString.CopyFrom(await logs.Sealer.SealAsync(user, text, default));
        return
        [
            new UserIdentified
            {
                UserKey = user.Value,
                SealedUserId = await SealAsync(Id),
                EmailKey = UserKey.Of(name + Address).Value,
                SealedEmail = await SealAsync(Address),
            },
            new CredentialsGranted
            {
                UserKey = user.Value,
                Broker = "ctrader",
                SealedAccessToken = await SealAsync("access-token-1"),
                Accounts =
                {
                    new GrantedAccount { AccountId = "1", Login = name.Length == 0 ? "LOGIN-4711" : "B" },
                },
            },
            new AccountSelected { AccountId = "1", Environment = BrokerEnvironment.Demo },
            new AccountDescribed
            {
                AccountId = "1",
                UserKey = user.Value,
                Environment = BrokerEnvironment.Demo,
                Currency = "USD",
                Login = name.Length == 0 ? "LOGIN-4711" : "B",
                Source = source,
            },
            new OrderAccepted
            {
                AccountId = "1",
                Order = new()
                {
                    OrderId = "7",
                    Symbol = "EURUSD",
                    Side = Side.Buy,
                    Type = "limit",
                    Label = name.Length == 0 ? "my secret label" : "b",
                    Comment = name.Length == 0 ? "my secret comment" : "b",
                },
                Source = source,
            },
            new FundsDeposited
            {
                AccountId = "1",
                MovementId = "3",
                Amount = 5m.ToEvent(),
                Note = name.Length == 0 ? "rent money" : "b",
                Source = source,
            },
        ];
    }

    private static Task AppendAsync(PostgresLogs logs, UserKey user, IMessage[] events) =>
        Journal.AppendAsync(logs, user, events);

    private async Task ProjectAsync(PostgresLogs logs)
    {
        var head = await logs.Journal.HeadAsync(default);
        await using var sources = ReadModelSources.Open(_database.ConnectionString);
        using var set = new ProjectionSet(
            logs.Journal,
            logs.Market,
            sources,
            new ProjectionOptions(),
            TimeProvider.System,
            NullLogger<ProjectionSet>.Instance
        );
        using var stop = new CancellationTokenSource();
        var running = set.RunAsync(stop.Token);
        (await set.WaitForAsync(head, TimeSpan.FromSeconds(20), default)).Should().BeTrue();
        await stop.CancelAsync();
        await running;
    }

    private async Task<long> CountAsync(string view, UserKey user)
    {
        await using var command = _database.DataSource.CreateCommand(
            $"SELECT count(*) FROM {view} WHERE user_key = $1"
        );
        command.Parameters.AddWithValue(user.Value);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    // Every row of every table of the database; what is not hers may be readable.
    private async Task<string> DumpAsync(UserKey? hers = null)
    {
        var tables = new List<string>();
        await using (
            var command = _database.DataSource.CreateCommand(
                """
                SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
                """
            )
        )
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                tables.Add(reader.GetString(0));
            }
        }

        tables.Should().Contain("eventstore.journal").And.Contain(table => table.StartsWith("read_tables.orders"));
        var dump = new StringBuilder();
        foreach (var table in tables)
        {
            await using var command = _database.DataSource.CreateCommand($"SELECT t::text FROM {table} t");
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                var row = reader.GetString(0);
                dump.AppendLine(row);
                foreach (var part in row.Split('"').Where(part => part.StartsWith(@"\\x", StringComparison.Ordinal)))
                {
                    dump.AppendLine(Encoding.Latin1.GetString(Convert.FromHexString(part[3..])));
                }
            }
        }

        if (hers is null)
        {
            return dump.ToString();
        }

        dump.ToString().Should().NotContain("the broker said so", "it is sealed for whomever it is about");
        return dump.ToString();
    }
}
