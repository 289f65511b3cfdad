using FluentAssertions;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore.Market;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>Old ticks leave with their partition.</summary>
public sealed class Retention
{
    // As in 002_market.sql
    private const long TicksOfAPartition = 16_777_216;

    [Fact]
    public async Task Ticks_go_on_over_the_border_of_a_partition_and_stay_when_the_one_before_is_dropped()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(database.ConnectionString);
        var (feed, silent) = (Some.Stream("feed"), Some.Stream("feed"));
        var epoch = (await logs.Market.ClaimAsync(feed, default)).Epoch;
        var silentEpoch = (await logs.Market.ClaimAsync(silent, default)).Epoch;
        await logs.Market.AppendAsync(silent, silentEpoch, Some.Ticks(Seeded.Random(1), 10), default);
        await logs.Market.AppendAsync(feed, epoch, Some.Ticks(Seeded.Random(2), 10), default);
        await PretendAsync(database, TicksOfAPartition - 25);
        var before = await logs.Market.HeadAsync(default);
        var ticks = Some.Ticks(Seeded.Random(3), 100);
        for (var i = 0; i < 10; i++)
        {
            await logs.Market.AppendAsync(feed, epoch, ticks.AsMemory(i * 10, 10), default);
        }

        (await ReadAsync(logs, before)).Should().Equal(ticks);
        var retention = new MarketRetention(database.DataSource);
        (await retention.DropBeforeAsync(Some.Noon)).Should().Be(Offset.Start, "nothing is as old as that");

        var gone = await retention.DropBeforeAsync(DateTimeOffset.MaxValue);

        gone.Value.Should().BeInRange(TicksOfAPartition - 25, TicksOfAPartition + 10);
        (await ReadAsync(logs, default)).Should().Equal(ticks.Skip((int)(gone.Value - before.Value)));
        (await ReadAsync(logs, gone)).Should().Equal(ticks.Skip((int)(gone.Value - before.Value)));
        (await logs.Market.HeadAsync(default)).Should().Be(before.Plus(100));
        (await logs.Market.AppendAsync(silent, silentEpoch, ticks.AsMemory(0, 5), default))
            .Should()
            .Be(new AppendOutcome.Appended(before.Plus(105), new(15)));
    }

    // As if millions of ticks had come.
    private static Task PretendAsync(PostgresDatabase database, long offset) =>
        RawAppend.ExecuteAsync(
            database,
            "SET search_path = eventstore, pg_catalog; "
                + $"UPDATE market SET first_offset = {offset} - (20 - first_offset), last_offset = {offset} - (20 - last_offset); "
                + "RESET search_path"
        );

    private static async Task<List<Tick>> ReadAsync(PostgresLogs logs, Offset after)
    {
        var ticks = new List<Tick>();
        await foreach (var block in logs.Market.ReadAsync(after, default))
        {
            ticks.AddRange(block.Ticks.ToArray());
        }

        return ticks;
    }
}
