using FluentAssertions;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Projections.Accounts;
using Trading.Projections.Positions;
using Trading.Projections.Running;
using Trading.Projections.Tests.Kit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class ParkingTests : IAsyncLifetime
{
    private static readonly BalanceChanged Unreadable = new()
    {
        AccountId = Some.Account,
        Balance = new() { Unscaled = 1, Scale = 200 },
    };

    private ReadSide _side = null!;

    public async Task InitializeAsync() => _side = await ReadSide.PrepareAsync();

    public async Task DisposeAsync() => await _side.DisposeAsync();

    [Fact]
    public async Task An_event_that_cannot_be_folded_sets_only_its_own_stream_aside()
    {
        await _side.Journal.AppendAsync(Some.Alice, [.. Some.Connected(Some.Alice, 1m), Unreadable]);
        await _side.Journal.AppendAsync(Some.Alice, Some.Balance(2m, 1m));
        var offset = await _side.Journal.AppendAsync(Some.Bob, Some.Connected(Some.Bob, 3m));
        _side.Run();

        await _side.CaughtUpAsync(offset);

        (await Balance(Some.Alice)).Should().Be(1m, "what came before the event stands, what came after waits");
        (await Balance(Some.Bob)).Should().Be(3m);
        var health = Health("accounts@1");
        health.State.Should().Be(ProjectionState.Parked);
        health
            .Parked.Should()
            .ContainSingle()
            .Which.Should()
            .BeEquivalentTo(
                new
                {
                    Stream = StreamName.Of("session", Some.Alice.Value),
                    Offset = new Offset(7),
                    Version = new StreamVersion(7),
                    EventType = "trading.account.v1.BalanceChanged",
                }
            );
        Health("sessions@1").State.Should().Be(ProjectionState.Live, "it has no trouble with the event");
    }

    [Fact]
    public async Task A_value_that_the_database_refuses_parks_its_stream_too()
    {
        var position = Some.Position("p1");
        position.Comment = "zero \0 inside";
        var neighbours = Enumerable.Range(0, 20).Select(index => UserKey.Of($"{index}")).ToArray();
        foreach (var neighbour in neighbours)
        {
            await _side.Journal.AppendAsync(neighbour, Some.Opened(Some.Position("p0")));
        }

        await _side.Journal.AppendAsync(Some.Alice, Some.Opened(position));
        foreach (var neighbour in neighbours)
        {
            await _side.Journal.AppendAsync(neighbour, Some.Opened(Some.Position("p1")));
        }

        _side.Run();
        await _side.CaughtUpAsync(await _side.Journal.HeadAsync(default));

        Health("positions@1").Parked.Should().ContainSingle().Which.Reason.Should().StartWith("22021");
        foreach (var neighbour in neighbours)
        {
            var open = await new PositionQueries(_side.Sources).ListOpenAsync(neighbour, new(Some.Account), default);
            open.Items.Should().HaveCount(2);
        }
    }

    [Fact]
    public async Task A_parked_stream_outlives_a_restart_and_a_retry_does_not_skip_what_still_cannot_be_folded()
    {
        await _side.Journal.AppendAsync(Some.Alice, [.. Some.Connected(Some.Alice, 1m), Unreadable]);
        using (var first = _side.NewSet())
        {
            using var stop = new CancellationTokenSource();
            var running = first.RunAsync(stop.Token);
            (await first.WaitForAsync(new(7), ReadSide.Patience, default)).Should().BeTrue();
            await stop.CancelAsync();
            await running;
        }

        _side.Run();
        await _side.GivenAsync(Some.Alice, Some.Balance(2m, 1m));
        _side.Projections.RetryParked("accounts@1").Should().BeTrue();
        await _side.GivenAsync(Some.Alice, Some.Balance(3m, 1m));

        (await Balance(Some.Alice)).Should().Be(1m);
        Health("accounts@1").Parked.Should().ContainSingle().Which.Offset.Should().Be(new Offset(7));
    }

    [Fact]
    public async Task Once_the_event_can_be_folded_the_stream_catches_up_in_order()
    {
        await _side.Journal.AppendAsync(Some.Alice, [.. Some.Connected(Some.Alice, 1m), Some.Balance(2m, 1m)]);
        await _side.Journal.AppendAsync(Some.Bob, Some.Connected(Some.Bob, 3m));
        // What an older version of the program could not fold is parked at the second balance.
        await _side.ExecuteAsync(
            $"""
            insert into read.parked_streams (projection, stream, at_offset, version, event_type, reason)
            values ('accounts@1', 'session-{Some.Alice.Value}', 6, 6, 'old', 'old')
            """
        );
        _side.Run();
        await _side.GivenAsync(Some.Alice, Some.Balance(4m, 2m));

        (await Balance(Some.Alice)).Should().Be(4m);
        Health("accounts@1").Parked.Should().BeEmpty();
        Health("accounts@1").State.Should().Be(ProjectionState.Live);
    }

    [Fact]
    public async Task Ticks_of_an_unknown_feed_park_that_feed_and_no_other()
    {
        _side.Run();
        Tick[] ticks = [new(new("EURUSD"), new(1), new(2), 0)];

        await _side.GivenTicksAsync("feed-elsewhere", ticks);
        await _side.GivenTicksAsync("feed-demo", ticks);

        Health("candles@2").Parked.Single().Stream.Value.Should().Be("feed-elsewhere");
        (await _side.DumpAsync("candles")).Should().Contain("EURUSD").And.NotContain("elsewhere");
    }

    private ProjectionHealth Health(string projection) =>
        _side.Projections.Health().Single(one => one.Projection == projection);

    private async Task<decimal?> Balance(UserKey user) =>
        (await new AccountQueries(_side.Sources).FindAsync(user, default))?.Balance;
}
