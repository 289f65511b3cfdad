using System.Globalization;
using FluentAssertions;
using Trading.Domain.Logs;
using Trading.Projections.Accounts;
using Trading.Projections.Positions;
using Trading.Projections.Rebuilding;
using Trading.Projections.Tests.Kit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class RebuildReaderTests
{
    private const int Positions = 10;

    // REBUILDS=1000 dotnet test … for a long run.
    private static readonly int Rebuilds = int.Parse(
        Environment.GetEnvironmentVariable("REBUILDS") ?? "50",
        CultureInfo.InvariantCulture
    );

    [Fact]
    public async Task A_reader_who_asks_all_the_time_never_sees_an_empty_a_mixed_or_an_older_answer()
    {
        await using var side = await ReadSide.PrepareAsync();
        side.Run(options: RebuildKit.Impatient);
        await side.GivenAsync(
            Some.Alice,
            [
                .. Some.Connected(Some.Alice, 0m),
                .. Enumerable.Range(0, Positions).Select(id => Some.Opened(Some.Position($"p{id}", volume: 1))),
            ]
        );
        using var stop = new CancellationTokenSource();
        Task<long>[] others =
        [
            Task.Run(() => TradeAsync(side, stop.Token)),
            Task.Run(() => WatchAccountAsync(side, stop.Token)),
            Task.Run(() => WatchAccountAsync(side, stop.Token)),
            Task.Run(() => WatchPositionsAsync(side, stop.Token)),
        ];
        using var rebuilds = side.Rebuilds();

        for (var round = 0; round < Rebuilds && others.All(other => !other.IsCompleted); round++)
        {
            var rebuild = await rebuilds.DoAsync(round % 2 == 0 ? "accounts" : "positions");
            rebuild.State.Should().Be(RebuildState.Done, rebuild.Problem);
        }

        await stop.CancelAsync();
        var rounds = await Task.WhenAll(others);
        rounds.Should().OnlyContain(count => count > Rebuilds, "nobody was kept from going on");
        await side.CaughtUpAsync(await side.Journal.HeadAsync(default));
        (await new AccountQueries(side.Sources).FindAsync(Some.Alice, default))!.Balance.Should().Be(rounds[0]);
    }

    // Each round raises the balance by one and gives every position the same new volume, in one append.
    private static async Task<long> TradeAsync(ReadSide side, CancellationToken stop)
    {
        var round = 0L;
        while (!stop.IsCancellationRequested)
        {
            round++;
            var offset = await side.Journal.AppendAsync(
                Some.Alice,
                [
                    .. Enumerable
                        .Range(0, Positions)
                        .Select(id => new Domain.Events.PositionChanged
                        {
                            AccountId = Some.Account,
                            Position = Some.Position($"p{id}", volume: round + 1),
                            Cause = "volume",
                        }),
                    Some.Balance(round, 1m),
                ]
            );
            await side.Projections.WaitForAsync(offset, TimeSpan.FromMilliseconds(200), default);
            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }

        return round;
    }

    private static async Task<long> WatchAccountAsync(ReadSide side, CancellationToken stop)
    {
        var queries = new AccountQueries(side.Sources);
        var (last, count) = (default(AccountView), 0L);
        for (; !stop.IsCancellationRequested; count++)
        {
            var now = await queries.FindAsync(Some.Alice, default);
            now.Should().NotBeNull("an account never vanishes");
            now!.Stamp.Offset.Value.Should().BeGreaterThanOrEqualTo(last?.Stamp.Offset.Value ?? 0, "time runs forward");
            (now.Balance ?? 0).Should().BeGreaterThanOrEqualTo(last?.Balance ?? 0);
            now.Positions.Should().HaveCount(Positions);
            last = now;
        }

        return count;
    }

    private static async Task<long> WatchPositionsAsync(ReadSide side, CancellationToken stop)
    {
        var queries = new PositionQueries(side.Sources);
        var (last, count) = (Offset.Start, 0L);
        for (; !stop.IsCancellationRequested; count++)
        {
            var list = await queries.ListOpenAsync(Some.Alice, new(Some.Account), default);
            list.Items.Should().HaveCount(Positions, "positions never vanish");
            list.Items.Select(position => position.Volume).Distinct().Should().ContainSingle("they change together");
            var newest = list.Items.Max(position => position.Stamp.Offset);
            newest.Should().BeGreaterThanOrEqualTo(last, "time runs forward");
            last = newest;
        }

        return count;
    }
}
