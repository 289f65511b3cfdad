using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore.InMemory;
using Trading.Projections.Running;
using Trading.Projections.Tests.Kit;
using Trading.Projections.TimeTravel;
using Trading.TestKit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class ReplayTests
{
    private readonly InMemoryEventLog _journal = new(new FakeClock());
    private readonly InMemoryTickLog _market = new(new FakeClock());

    private LogReplay Replay => new(_journal, _market, TimeProvider.System);

    [Fact]
    public async Task The_same_log_gives_the_same_bytes_each_time_in_memory_and_in_a_database()
    {
        await FillAsync(Seeded.Random(31));
        await OneOfEachAsync();
        var part = await WholeAsync();

        var (text, hashes) = await WriteAsync(part);
        var (again, _) = await WriteAsync(part);
        await using var first = await PostgresDatabase.CreateAsync();
        await using var second = await PostgresDatabase.CreateAsync();
        var into = await IntoAsync(part, first);
        var intoAgain = await IntoAsync(part, second);

        again.Should().Be(text);
        hashes.Select(one => one.Table).Should().Equal(LogReplay.Tables);
        hashes.Should().OnlyContain(one => one.Rows > 0);
        into.Should().BeEquivalentTo(hashes, $"seed {Seeded.Seed}");
        intoAgain.Should().BeEquivalentTo(hashes);
        foreach (var table in hashes.Where(one => one.Parked.Count == 0).Select(one => one.Table))
        {
            (await DumpAsync(second.DataSource, table, without: ""))
                .Should()
                .Be(await DumpAsync(first.DataSource, table, without: ""));
        }
    }

    [Fact]
    public async Task A_hash_is_that_of_the_lines_of_its_table()
    {
        await FillAsync(Seeded.Random(32));

        var (text, hashes) = await WriteAsync(await WholeAsync());

        var rows = text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToLookup(line => line.GetProperty("table").GetString(), line => line.GetProperty("row").GetRawText());
        foreach (var table in hashes)
        {
            rows[table.Table].Should().HaveCount((int)table.Rows);
            var lines = string.Concat(rows[table.Table].Select(row => row + "\n"));
            table.Sha256.Should().Be(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines))));
        }
    }

    [Fact]
    public async Task A_replay_equals_what_the_projections_made_live()
    {
        await using var side = await ReadSide.StartAsync();
        await RandomJournal.AppendAsync(side.Journal, Seeded.Random(33), 300);
        await side.CaughtUpAsync(await side.Journal.HeadAsync(default));
        await using var target = await PostgresDatabase.CreateAsync();

        await new LogReplay(side.Journal, side.Market, TimeProvider.System).IntoAsync(
            new() { UpTo = await side.Journal.HeadAsync(default), TicksUpTo = Offset.Start },
            target.ConnectionString,
            NullLogger<ProjectionSet>.Instance,
            null,
            default
        );

        foreach (var table in (string[])["sessions", "accounts", "positions", "orders", "deals", "symbols", "users"])
        {
            (await DumpAsync(target, table)).Should().Be(await DumpAsync(side.Owner, table), table);
        }
    }

    [Fact]
    public async Task A_part_is_a_range_a_user_or_one_read_model()
    {
        await _journal.AppendAsync(Some.Alice, Some.Connected(Some.Alice));
        var middle = await _journal.HeadAsync(default);
        await _journal.AppendAsync(Some.Alice, Some.Balance(7m, -3m));
        await _journal.AppendAsync(Some.Bob, Some.Connected(Some.Bob));
        var whole = await WholeAsync();

        (await BalancesAsync(whole with { UpTo = middle })).Should().Equal(10_000m);
        (await BalancesAsync(whole with { User = Some.Alice })).Should().Equal(7m);
        (await BalancesAsync(whole with { User = Some.Bob })).Should().Equal(10_000m);
        (await BalancesAsync(whole with { After = middle.Plus(1) })).Should().Equal(10_000m);
        var (_, only) = await WriteAsync(whole with { Only = ["deals", "candles"] });
        only.Select(one => one.Table).Should().Equal("deals", "candles");
        await using var target = await PostgresDatabase.CreateAsync();
        var into = await IntoAsync(whole with { User = Some.Bob, Only = ["accounts"] }, target);
        into.Should().ContainSingle().Which.Rows.Should().Be(1);
    }

    [Fact]
    public async Task A_database_that_holds_something_is_not_touched()
    {
        await using var side = await ReadSide.PrepareAsync();

        var replay = () =>
            Replay.IntoAsync(
                new() { UpTo = Offset.Start, TicksUpTo = Offset.Start },
                side.ConnectionString,
                NullLogger<ProjectionSet>.Instance,
                null,
                default
            );

        (await replay.Should().ThrowAsync<ReplayTargetException>()).WithMessage("*not empty*");
    }

    [Fact]
    public async Task A_stream_that_cannot_be_folded_is_named_and_the_others_go_on()
    {
        await _journal.AppendAsync(Some.Alice, new PositionOpened { AccountId = "1" });
        await _journal.AppendAsync(Some.Bob, Some.Connected(Some.Bob));
        var part = await WholeAsync();

        var (_, hashes) = await WriteAsync(part);
        await using var target = await PostgresDatabase.CreateAsync();
        var into = await IntoAsync(part, target);

        foreach (var accounts in new[] { hashes, into }.Select(all => all.Single(one => one.Table == "accounts")))
        {
            accounts.Rows.Should().Be(1);
            accounts.Parked.Should().ContainSingle().Which.Should().Contain($"session-{Some.Alice}");
        }

        into.Select(one => one.Sha256).Should().Equal(hashes.Select(one => one.Sha256));
    }

    private async Task FillAsync(Random random)
    {
        await RandomJournal.AppendAsync(_journal, random, 300);
        foreach (var feed in (string[])["feed-demo", "feed-live", "backfill-demo"])
        {
            var stream = StreamName.Parse(feed);
            var claim = await _market.ClaimAsync(stream, default);
            for (var i = 0; i < 30; i++)
            {
                var ticks = Enumerable
                    .Range(0, random.Next(1, 40))
                    .Select(n => new Tick(
                        new(random.Next(2) == 0 ? "EURUSD" : "XAUUSD"),
                        Price.FromHundredThousandths(random.Next(100_000, 110_000)),
                        Price.FromHundredThousandths(random.Next(110_000, 120_000)),
                        1_736_942_400_000 + random.Next(0, 400_000)
                    ))
                    .ToArray();
                await _market.AppendAsync(stream, claim.Epoch, ticks, default);
            }
        }
    }

    // Whatever the draw was, even an erasure of everybody, each table has a row to be hashed.
    private async Task OneOfEachAsync() =>
        await _journal.AppendAsync(
            Some.Alice,
            Some.Started(Some.Alice, "1"),
            Some.Described(Some.Alice, "1", "USD"),
            Some.Symbols("1"),
            Some.Opened(Some.Position("1", "EURUSD"), "1"),
            new OrderAccepted { AccountId = "1", Order = Some.Order("1") },
            Some.Deal("1"),
            new UserIdentified
            {
                UserKey = Some.Alice.Value,
                SealedUserId = ByteString.CopyFromUtf8("sealed"),
                EmailKey = UserKey.Of("alice@example.com").Value,
                SealedEmail = ByteString.CopyFromUtf8("sealed too"),
            }
        );

    private async Task<ReplayPart> WholeAsync() =>
        new() { UpTo = await _journal.HeadAsync(default), TicksUpTo = await _market.HeadAsync(default) };

    private async Task<(string Text, IReadOnlyList<TableHash> Hashes)> WriteAsync(ReplayPart part)
    {
        using var output = new MemoryStream();
        var hashes = await Replay.WriteAsync(part, output, null, default);
        return (Encoding.UTF8.GetString(output.ToArray()), hashes);
    }

    private Task<IReadOnlyList<TableHash>> IntoAsync(ReplayPart part, PostgresDatabase target) =>
        Replay.IntoAsync(part, target.ConnectionString, NullLogger<ProjectionSet>.Instance, null, default);

    private async Task<IEnumerable<decimal>> BalancesAsync(ReplayPart part)
    {
        var (text, _) = await WriteAsync(part with { Only = ["accounts"] });
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("row").GetProperty("balance"))
            .Where(balance => balance.ValueKind == JsonValueKind.Number)
            .Select(balance => balance.GetDecimal());
    }

    private static Task<string> DumpAsync(PostgresDatabase database, string table) =>
        DumpAsync(database.DataSource, table);

    private static async Task<string> DumpAsync(NpgsqlDataSource source, string table, string without = "written_at")
    {
        await using var command = source.CreateCommand(
            $"select coalesce(string_agg(line, E'\n' order by line), '') from (select (to_jsonb(t) - '{without}')::text as line from read.{table} t) lines"
        );
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
