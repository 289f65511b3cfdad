using System.Text;
using FluentAssertions;
using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore.Secrets;
using Trading.EventStore.Transfer;
using Trading.EventStore.Verification;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>What is about a person is stored sealed, can be read back while the person's key stands, and never after.</summary>
public sealed class Erasing : IAsyncLifetime
{
    private static readonly byte[] s_master = new byte[32];
    private static readonly UserKey s_ann = UserKey.Of("ann@example.com");
    private static readonly UserKey s_bob = UserKey.Of("bob@example.com");
    private PostgresDatabase _database = null!;
    private PostgresLogs _logs = null!;

    private static string[] Words => ["LOGIN-4711", "my secret label", "rent money", "wire said"];

    public async Task InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _logs = await PostgresLogs.OpenAsync(_database.ConnectionString, new() { MasterKey = s_master });
        foreach (var user in new[] { s_ann, s_bob })
        {
            await _logs.Journal.AppendedAsync(Story(user));
        }
    }

    public async Task DisposeAsync()
    {
        await _logs.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task No_personal_word_stands_in_the_tables_but_every_reader_with_the_key_sees_them_all()
    {
        (await DumpAsync()).Should().NotContainAny(Words);
        await using var other = await PostgresLogs.OpenAsync(
            _database.ConnectionString,
            new() { MasterKey = s_master }
        );

        (await other.Journal.ReadAllAsync()).Select(e => e.Decode()).Should().Equal([.. Events(), .. Events()]);
        (await other.Journal.ReadAllAsync(StreamOf(s_ann))).Select(e => e.Decode()).Should().Equal(Events());
        (await _logs.Journal.FollowAsync(default, 10))
            .Select(e => e.Decode())
            .Should()
            .Equal([.. Events(), .. Events()]);
        var folded = await other.Journal.ReplayAllAsync(StreamOf(s_ann));
        ((AccountDescribed)folded[0].Payload).Login.Should().Be("LOGIN-4711");
        ((OrderAccepted)folded[1].Payload).Order.Label.Should().Be("my secret label");
        ((CredentialsGranted)folded[4].Payload).Accounts.Should().HaveCount(2);
    }

    [Fact]
    public async Task An_erased_user_is_readable_nowhere_and_the_others_still_are()
    {
        await KeepSnapshotAsync(3, Encoding.UTF8.GetBytes(Words[0]));
        var before = await new LogVerifier(_logs.Reader).AnchorAsync(Some.Noon);

        var (at, hadKey) = await new UserErasure(_logs, TimeProvider.System).RunAsync(s_ann, default);

        hadKey.Should().BeTrue();
        await using var other = await PostgresLogs.OpenAsync(
            _database.ConnectionString,
            new() { MasterKey = s_master }
        );
        var events = await other.Journal.ReadAllAsync();
        var hers = events.Where(e => e.User == s_ann).Select(e => EventJson.Format(e.Decode())).ToList();
        hers.Should().HaveCount(8).And.OnlyContain(json => !Words.Any(json.Contains));
        events.Where(e => e.User == s_bob).Select(e => e.Decode()).Should().Equal(Events());
        events[^1].Should().Match<RecordedEvent>(e => e.Offset == at && e.Decode() is UserErased);
        (await DumpAsync()).Should().NotContainAny(Words);
        (await SnapshotsAsync()).Should().Be(0);
        using var export = new MemoryStream();
        await new JournalExport(other.Reader).WriteAsync(export, new() { Readable = true });
        Encoding.UTF8.GetString(export.ToArray()).Should().NotContainAny(Words);
        (await FindAsync(before)).Should().BeEmpty("nothing in the journal was changed");
    }

    [Fact]
    public async Task The_owner_of_the_session_is_fenced_and_its_snapshot_is_not_kept()
    {
        var seen = (await _logs.Journal.ReadAllAsync(StreamOf(s_ann)))[^1].Version.Value;
        await KeepSnapshotAsync(seen);
        await new UserErasure(_logs, TimeProvider.System).RunAsync(s_ann, default);

        var outcome = await _logs.Journal.AppendAsync(Some.Request(StreamOf(s_ann), expected: seen), default);
        await KeepSnapshotAsync(seen);

        outcome.Should().BeOfType<AppendOutcome.Conflict>("it has lost its stream to the erasure");
        (await SnapshotsAsync()).Should().Be(0);
        await KeepSnapshotAsync(seen + 3);
        (await SnapshotsAsync()).Should().Be(1, "who has seen the erasure begins anew");
    }

    [Fact]
    public async Task Another_process_that_remembered_the_key_forgets_it_with_the_event()
    {
        await using var other = await PostgresLogs.OpenAsync(
            _database.ConnectionString,
            new() { MasterKey = s_master }
        );
        var box = await other.Sealer.SealAsync(s_ann, "token", default);
        (await other.Sealer.OpenAsync(s_ann, box, default)).Should().Be("token");

        await new UserErasure(_logs, TimeProvider.System).RunAsync(s_ann, default);
        await other.Journal.ReadAllAsync();

        (await other.Sealer.OpenAsync(s_ann, box, default)).Should().BeNull();
    }

    [Fact]
    public async Task Who_comes_back_begins_anew_and_the_past_stays_sealed()
    {
        await new UserErasure(_logs, TimeProvider.System).RunAsync(s_ann, default);
        await _logs.Journal.AppendedAsync(Story(s_ann));

        var events = (await _logs.Journal.ReadAllAsync(StreamOf(s_ann))).Select(e => e.Decode()).ToList();

        events[0].Should().BeOfType<AccountDescribed>().Which.Login.Should().BeEmpty();
        events.TakeLast(5).Should().Equal(Events());
    }

    [Fact]
    public async Task Keys_are_wrapped_anew_while_old_and_new_key_read_them()
    {
        var next = Enumerable.Repeat((byte)9, 32).ToArray();
        var rotation = new KeyRotation(_database.DataSource);
        await using var between = await PostgresLogs.OpenAsync(
            _database.ConnectionString,
            new() { MasterKey = next, FormerMasterKeys = [s_master] }
        );
        (await between.Journal.ReadAllAsync()).Select(e => e.Decode()).Should().Equal([.. Events(), .. Events()]);

        var first = await rotation.RunAsync(next, [s_master]);
        var again = await rotation.RunAsync(next, [s_master]);

        (first, again).Should().Be(((2, 0), (0, 0)));
        (await rotation.CountAsync(default)).Should().ContainSingle().Which.Value.Should().Be(2);
        await using var after = await PostgresLogs.OpenAsync(_database.ConnectionString, new() { MasterKey = next });
        await using var old = await PostgresLogs.OpenAsync(_database.ConnectionString, new() { MasterKey = s_master });
        (await after.Journal.ReadAllAsync()).Select(e => e.Decode()).Should().Equal([.. Events(), .. Events()]);
        (await old.Journal.ReadAllAsync())
            .Select(e => EventJson.Format(e.Decode()))
            .Should()
            .OnlyContain(json => !Words.Any(json.Contains));
    }

    private async Task KeepSnapshotAsync(long version, byte[]? state = null)
    {
        await using var command = _logs.Reader.CreateCommand(
            "INSERT INTO eventstore.snapshot (persistence_id, sequence_number, created, snapshot) "
                + "VALUES ($1, $2, 0, $3)"
        );
        command.Parameters.Add(new() { Value = StreamOf(s_ann).Value });
        command.Parameters.Add(new() { Value = version });
        command.Parameters.Add(new() { Value = state ?? [] });
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> SnapshotsAsync()
    {
        await using var command = _logs.Reader.CreateCommand("SELECT count(*) FROM eventstore.snapshot");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static StreamName StreamOf(UserKey user) => StreamName.Of("session", user.Value);

    private static AppendRequest Story(UserKey user) =>
        new()
        {
            Stream = StreamOf(user),
            ExpectedVersion = null,
            Events = [.. Events().Select(e => EventEnvelope.Of(e, Some.Noon, user))],
        };

    private static IMessage[] Events()
    {
        var source = new BrokerMessage { Type = "ProtoOATrader", Body = ByteString.CopyFromUtf8("wire said") };
        return
        [
            new AccountDescribed
            {
                AccountId = "1",
                Login = "LOGIN-4711",
                Source = source,
            },
            new OrderAccepted
            {
                AccountId = "1",
                Order = new() { OrderId = "7", Label = "my secret label" },
                Source = source,
            },
            new FundsDeposited { AccountId = "1", Note = "rent money" },
            new BalanceChanged
            {
                AccountId = "1",
                Balance = 12m.ToEvent(),
                Source = source,
            },
            new CredentialsGranted
            {
                UserKey = s_ann.Value,
                Accounts =
                {
                    new GrantedAccount { AccountId = "1", Login = "LOGIN-4711" },
                    new GrantedAccount { AccountId = "2" },
                },
            },
        ];
    }

    // Every row of every table, as pg_dump would write it; bytes also as text.
    private async Task<string> DumpAsync()
    {
        var dump = new StringBuilder();
        foreach (var table in new[] { "journal", "journal_batch", "journal_stream", "snapshot", "user_key" })
        {
            await using var command = _database.DataSource.CreateCommand($"SELECT t::text FROM eventstore.{table} t");
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

        return dump.ToString();
    }

    private async Task<List<Finding>> FindAsync(LogAnchor anchor)
    {
        var found = new List<Finding>();
        await foreach (var finding in new LogVerifier(_logs.Reader).VerifyJournalAsync(anchors: [anchor]))
        {
            found.Add(finding);
        }

        return found;
    }
}
