using System.Globalization;
using FluentAssertions;
using Trading.Domain.Events;
using Trading.EndToEnd.World;
using Trading.EventStore;
using Trading.Sandbox.CTrader;
using Trading.Sandbox.CTrader.Control;
using Trading.TestKit;
using Xunit;
using Xunit.Abstractions;

namespace Trading.EndToEnd;

/// <summary>SIGKILL at random moments under a storm of ticks, orders, deposits and withdrawals.</summary>
public sealed class A_service_killed_anywhere(ITestOutputHelper output)
{
    private const int Kills = 20;
    private const int Traders = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Comes_back_by_itself_with_nothing_lost_and_nothing_doubled()
    {
        var seed = Seeded.Seed & 0xFFFF;
        output.WriteLine($"seed {seed} ({Seeded.Variable}={seed} runs it again)");
        var random = new Random(seed);
        var users = DefaultWorld.Traders(Traders);
        await using var world = await TradingWorld.CreateAsync(
            new()
            {
                Users = users,
                Seed = seed,
                WalkUpdatesPerSecond = 50,
                AlwaysOpen = true,
                Rollover = false,
            }
        );
        long[] accounts = [.. users.Select(user => user.Accounts[0].Id)];

        List<Trader> traders = [];
        var service = await world.StartServiceAsync();
        try
        {
            foreach (var (user, account) in users.Zip(accounts))
            {
                traders.Add(await world.ConsentAsync(service, user, account));
            }

            await AllLive(world, service);
            for (var kill = 1; kill <= Kills; kill++)
            {
                using var storm = new CancellationTokenSource();
                var blowing = BlowAsync(world, accounts, new Random(random.Next()), storm.Token);
                await Task.Delay(random.Next(20, 180));
                await service.KillAsync();
                // The broker goes on while nobody listens.
                await Task.Delay(random.Next(10, 120));
                await service.DisposeAsync();
                service = await ServiceProcess.StartAsync(world.Variables);
                await storm.CancelAsync();
                await blowing;
                await AllLive(world, service);
            }

            await using var logs = await PostgresLogs.OpenAsync(
                world.Database.ConnectionString,
                new() { ReadOnly = true, MasterKey = TradingWorld.MasterKey }
            );
            foreach (var (trader, account) in traders.Zip(accounts))
            {
                await Eventually.Pass(() => Agrees(world, logs, service, trader, account), Patience);
            }

            world.Sandbox.Control.Freeze(symbol: null, frozen: true);
            await FreshFold.EqualsAsync(world.Database, logs);
            var head = (await Journal.ReadAsync(logs)).Events;
            head.Select(recorded => recorded.Offset.Value)
                .Should()
                .Equal(Enumerable.Range(1, head.Count).Select(i => (long)i));
            output.WriteLine($"{head.Count} events in the journal");
        }
        catch
        {
            output.WriteLine(service.Output);
            throw;
        }
        finally
        {
            await service.DisposeAsync();
        }
    }

    private static Task AllLive(TradingWorld world, ServiceProcess service) =>
        Eventually.Be(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "api/sessions");
                request.Headers.Add("X-Api-Key", TradingWorld.ApiKey);
                using var answer = await service.Http.SendAsync(request);
                if (!answer.IsSuccessStatusCode)
                {
                    return false;
                }

                var sessions = System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(
                    await answer.Content.ReadAsStringAsync()
                );
                var live = sessions
                    .GetProperty("sessions")
                    .EnumerateArray()
                    .Count(session => session.GetProperty("isConnected").GetBoolean());
                // A read model may still show the link of the killed process: the broker knows better.
                var linked = world.Sandbox.Control.State().Connections.Sum(connection => connection.Sessions.Count);
                return live >= Traders && linked >= Traders;
            },
            Patience
        );

    /// <summary>Orders, closes, deposits and withdrawals as fast as the broker takes them, until told to end.</summary>
    private static Task BlowAsync(TradingWorld world, long[] accounts, Random random, CancellationToken ending) =>
        Task.Run(
            async () =>
            {
                var broker = world.Sandbox.Control;
                string[] symbols = ["EURUSD", "GBPUSD", "USDJPY", "XAUUSD"];
                while (!ending.IsCancellationRequested)
                {
                    var account = accounts[random.Next(accounts.Length)];
                    var open = broker.Account(account).Positions;
                    switch (random.Next(6))
                    {
                        case 0 or 1 when open.Count < 8:
                            var symbol = symbols[random.Next(symbols.Length)];
                            broker.PlaceOrder(
                                account,
                                new()
                                {
                                    Symbol = symbol,
                                    Buy = random.Next(2) == 0,
                                    Volume = symbol == "XAUUSD" ? 100 : 100_000,
                                }
                            );
                            break;
                        case 2 or 3 when open.Count > 0:
                            broker.ClosePosition(account, open[random.Next(open.Count)].PositionId);
                            break;
                        case 4:
                            broker.MoveCash(account, random.Next(1, 50_000) / 100m, "storm");
                            break;
                        default:
                            broker.MoveCash(account, -random.Next(1, 5_000) / 100m, "storm");
                            break;
                    }

                    await Task.Delay(random.Next(1, 10), CancellationToken.None);
                }
            },
            CancellationToken.None
        );

    private static async Task Agrees(
        TradingWorld world,
        PostgresLogs logs,
        ServiceProcess service,
        Trader trader,
        long account
    )
    {
        var broker = world.Sandbox.Control.Account(account);
        var journal = await Journal.ReadAsync(logs);

        journal.Of<DealExecuted>(account).Select(deal => deal.DealId).Should().OnlyHaveUniqueItems();
        journal
            .Of<DealExecuted>(account)
            .Select(deal => long.Parse(deal.DealId, CultureInfo.InvariantCulture))
            .Should()
            .BeEquivalentTo(broker.Deals.Select(deal => deal.DealId), "no deal is lost and none is made up");
        journal
            .Of<FundsDeposited>(account)
            .Select(movement => movement.MovementId)
            .Concat(journal.Of<FundsWithdrawn>(account).Select(movement => movement.MovementId))
            .Should()
            .BeEquivalentTo(
                MovementsSince(broker, journal, account)
                    .Select(movement => movement.Id.ToString(CultureInfo.InvariantCulture)),
                "no movement of cash is lost and none is doubled"
            );
        AgreesOnOrders(broker, journal, account);
        AgreesOnPositions(broker, journal, account);
        journal
            .Of<BalanceChanged>(account)
            .Should()
            .NotContain(change => change.Cause == BalanceCause.Correction, "a record explains every movement of money");
        journal.BalanceOf(account).Should().Be(broker.Balance);
        journal.SumOfChanges(account).Should().Be(broker.Balance, "the balance is the sum of its changes");
        journal
            .Of<DifferenceReconciled>(account)
            .Should()
            .BeEmpty("the broker's history explains everything that happened while nobody listened");
        journal
            .PositionsOf(account)
            .Should()
            .BeEquivalentTo(
                broker.Positions.ToDictionary(position => position.PositionId, position => position.Volume)
            );

        var shown = await trader.ReadAsync(service, "account");
        shown.Should().NotBeNull();
        shown!
            .Value.GetProperty("balance")
            .GetDecimal()
            .Should()
            .Be(broker.Balance, "the read model is a fold of the log");
        var positions = await trader.ReadAsync(service, "positions");
        positions!
            .Value.GetProperty("positions")
            .EnumerateArray()
            .Select(position =>
                long.Parse(position.GetProperty("positionId").GetString()!, CultureInfo.InvariantCulture)
            )
            .Should()
            .BeEquivalentTo(broker.Positions.Select(position => position.PositionId));
    }

    /// <summary>Every order of the broker's record is in the journal once, accepted before it is filled, and ended as it ended.
    /// </summary>
    private static void AgreesOnOrders(AccountState broker, Journal journal, long account)
    {
        var accepted = journal.Of<OrderAccepted>(account).Select(order => order.Order.OrderId).ToArray();
        accepted
            .Should()
            .BeEquivalentTo(broker.Orders.Select(order => Text(order.OrderId)), "no order leaves no trail");
        var filled = journal.Of<OrderFilled>(account).Where(fill => fill.Complete).ToArray();
        filled
            .Select(fill => fill.Order.OrderId)
            .Should()
            .BeEquivalentTo(
                broker.Orders.Where(order => order.Status == "FILLED").Select(order => Text(order.OrderId))
            );
        filled
            .Select(fill => fill.DealId)
            .Should()
            .BeEquivalentTo(broker.Deals.Select(deal => Text(deal.DealId)), "each fill names its deal");
        var steps = journal
            .Events.Select(recorded => recorded.Decode())
            .Select((payload, at) => (payload, at))
            .ToArray();
        var takenAt = steps
            .Where(step => step.payload is OrderAccepted)
            .ToDictionary(step => ((OrderAccepted)step.payload).Order.OrderId, step => step.at);
        steps
            .Where(step => step.payload is OrderFilled fill && fill.AccountId == Text(account))
            .Should()
            .OnlyContain(
                step => takenAt[((OrderFilled)step.payload).Order.OrderId] < step.at,
                "acceptance comes first"
            );
    }

    /// <summary>Every position that came is opened once, and every one that went is closed once.</summary>
    private static void AgreesOnPositions(AccountState broker, Journal journal, long account)
    {
        var came = broker.Deals.Select(deal => deal.PositionId).Distinct().ToArray();
        journal
            .Of<PositionOpened>(account)
            .Select(opened => opened.Position.PositionId)
            .Should()
            .BeEquivalentTo(came.Select(Text), "no opening is lost and none is doubled");
        journal
            .Of<PositionClosed>(account)
            .Select(closed => closed.PositionId)
            .Should()
            .BeEquivalentTo(came.Except(broker.Positions.Select(position => position.PositionId)).Select(Text));
    }

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);

    /// <summary>The account's first balance came with its opening, not as a movement.</summary>
    private static IEnumerable<CashFlowState> MovementsSince(AccountState broker, Journal journal, long account)
    {
        var opening = journal.Of<BalanceChanged>(account).First();
        return broker.CashFlows.Where(movement => movement.BalanceVersion > opening.BalanceVersion);
    }
}
