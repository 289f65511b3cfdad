using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;
using static Trading.TestKit.Sessions.SessionCases;

namespace Trading.Domain.Tests.Sessions;

public sealed class SessionPropertyTests
{
    private static readonly Arbitrary<Random> Randoms = Seeded.From(random => random).ToArbitrary();

    [Fact]
    public void Whatever_is_traded_and_however_often_the_link_breaks_the_session_ends_up_with_the_brokers_truth() =>
        Prop.ForAll(Randoms, TradeThroughOutages).Check(Seeded.Config(80));

    [Fact]
    public void Reports_in_any_order_and_any_number_keep_the_books_sound() =>
        Prop.ForAll(Randoms, ShuffleAndRepeat).Check(Seeded.Config(150));

    [Fact]
    public void Any_command_in_any_state_has_an_answer_and_repeating_it_changes_nothing() =>
        Prop.ForAll(Randoms, SendAnything).Check(Seeded.Config(200));

    private static void TradeThroughOutages(Random random)
    {
        var account = new SimulatedAccount();
        var session = new Recording();
        session.Send(Grant());
        session.Send(Start());
        session.Send(Observe(account.Up()));
        var before = account.Deals.Count;
        for (var i = 0; i < 60; i++)
        {
            switch (random.Next(10))
            {
                case 0:
                    Outage(account, session, random);
                    break;
                case 1:
                    session.Restart(random);
                    session.Send(Observe(account.Up(session.State.DesiredLink()!.RecoverSince)));
                    break;
                default:
                    foreach (var report in RandomTrading.Step(account, random))
                    {
                        session.Send(Observe(report));
                        if (random.Next(4) == 0)
                        {
                            session.Send(Observe(report)).Should().BeOfType<Decision.Unchanged>();
                        }
                    }

                    break;
            }

            session.MustKnow(account);
        }

        session.MustBeSound();
        session
            .All<DealExecuted>()
            .Select(deal => deal.DealId)
            .Should()
            .BeEquivalentTo(account.Deals.Skip(before).Select(d => d.DealId));
        session
            .All<FundsDeposited>()
            .Select(funds => funds.MovementId)
            .Concat(session.All<FundsWithdrawn>().Select(funds => funds.MovementId))
            .Should()
            .BeEquivalentTo(account.Movements.Select(movement => movement.MovementId));
        VolumesByDeals(session)
            .Should()
            .BeEquivalentTo(account.Positions.ToDictionary(p => p.Key, p => p.Value.Volume));
        session.All<DifferenceReconciled>().Should().BeEmpty("deals and movements explain everything");
        session
            .All<BalanceChanged>()
            .Should()
            .NotContain(change => change.Cause == BalanceCause.Correction, "deals and movements explain all money");
        session
            .All<OrderAccepted>()
            .Select(accepted => accepted.Order.OrderId)
            .Should()
            .BeEquivalentTo(account.PastOrders.Select(past => past.Details.OrderId), "no order leaves no trail");
        Ended(account, OrderStepKind.Filled)
            .Should()
            .BeEquivalentTo(session.All<OrderFilled>().Where(fill => fill.Complete).Select(fill => fill.Order.OrderId));
        Ended(account, OrderStepKind.Cancelled)
            .Should()
            .BeEquivalentTo(session.All<OrderCancelled>().Select(cancelled => cancelled.Order.OrderId));
        Ended(account, OrderStepKind.Expired)
            .Should()
            .BeEquivalentTo(session.All<OrderExpired>().Select(expired => expired.Order.OrderId));
        var (came, went) = ComingsAndGoings(account.Deals);
        session
            .All<PositionOpened>()
            .Select(opened => opened.Position.PositionId)
            .Should()
            .BeEquivalentTo(came, "every position is told once each time it comes");
        session
            .All<PositionClosed>()
            .Select(closed => closed.PositionId)
            .Should()
            .BeEquivalentTo(went, "and once each time it goes");
    }

    // An order that is filled in parts opens its position again when that was closed between two of them.
    private static (List<string> Came, List<string> Went) ComingsAndGoings(IEnumerable<DealExecuted> deals)
    {
        var (came, went) = (new List<string>(), new List<string>());
        var volumes = new Dictionary<string, long>();
        foreach (var deal in deals)
        {
            var before = volumes.GetValueOrDefault(deal.PositionId);
            var after = before + (deal.Closed is null ? deal.FilledVolume : -deal.FilledVolume);
            volumes[deal.PositionId] = after;
            if (before == 0)
            {
                came.Add(deal.PositionId);
            }

            if (after == 0)
            {
                went.Add(deal.PositionId);
            }
        }

        return (came, went);
    }

    private static IEnumerable<string> Ended(SimulatedAccount account, OrderStepKind step) =>
        account.PastOrders.Where(past => past.Step == step).Select(past => past.Details.OrderId);

    private static void Outage(SimulatedAccount account, Recording session, Random random)
    {
        session.Send(Observe(account.Down()));
        for (var i = random.Next(6); i > 0; i--)
        {
            RandomTrading.Step(account, random);
        }

        if (random.Next(3) == 0)
        {
            session.Restart(random);
        }

        var (up, news) = Read(account, session.State.DesiredLink()!.RecoverSince, random);
        session.Send(Observe(up));
        if (news.Count == 0)
        {
            session.Send(Observe(up)).Should().BeOfType<Decision.Unchanged>("the same snapshot tells nothing new");
        }

        if (random.Next(4) == 0)
        {
            // The link breaks, or the process ends, before the news are taken in.
            session.Send(Observe(account.Down()));
            session.Send(Observe(account.Up(session.State.DesiredLink()!.RecoverSince)));
            return;
        }

        foreach (var report in news)
        {
            session.Send(Observe(report));
        }
    }

    /// <summary>Balance and open things are read in either order, then deals, orders and cash; the account trades on between any
    /// two of them. What happens from the first of them on is told afterwards.</summary>
    private static (BrokerReport.LinkUp Up, List<BrokerReport> News) Read(
        SimulatedAccount account,
        DateTimeOffset? since,
        Random random
    )
    {
        var news = new List<BrokerReport>();
        var at = account.Now;
        var first = Next();
        var second = Next();
        var (money, open) = random.Next(2) == 0 ? (first, second) : (second, first);
        var deals = Next();
        var orders = Next();
        var cash = Next();
        var snapshot = money with
        {
            Positions = open.Positions,
            Orders = open.Orders,
            Deals = deals.Deals,
            PastOrders = orders.PastOrders,
            CashMovements = cash.CashMovements,
        };
        return (new(1, snapshot) { At = at }, news);

        AccountSnapshot Next()
        {
            var read = account.Snapshot(since);
            for (var i = random.Next(4); i > 0 && random.Next(2) == 0; i--)
            {
                news.AddRange(RandomTrading.Act(account, random));
            }

            return read;
        }
    }

    private static Dictionary<string, long> VolumesByDeals(Recording session) =>
        session
            .All<DealExecuted>()
            .GroupBy(deal => deal.PositionId)
            .Select(deals => (deals.Key, Volume: deals.Sum(d => d.Closed is null ? d.FilledVolume : -d.FilledVolume)))
            .Where(position => position.Volume != 0)
            .ToDictionary(position => position.Key, position => position.Volume);

    private static void ShuffleAndRepeat(Random random)
    {
        var account = new SimulatedAccount();
        var session = new Recording();
        session.Send(Grant());
        session.Send(Start());
        var reports = new List<BrokerReport> { account.Up() };
        for (var i = 0; i < 30; i++)
        {
            reports.AddRange(RandomTrading.Step(account, random));
            if (random.Next(10) == 0)
            {
                reports.Add(account.Down(slow: random.Next(2) == 0));
                reports.Add(account.Up(account.Now - TimeSpan.FromMinutes(30)));
            }
        }

        var played = reports.Concat(reports.Where(_ => random.Next(2) == 0)).OrderBy(_ => random.Next()).ToArray();
        foreach (var report in played)
        {
            session.Send(Observe(report));
            if (random.Next(20) == 0)
            {
                session.Restart(random);
            }
        }

        session.MustBeSound();
        session.Send(Observe(account.Up(DateTimeOffset.UnixEpoch)));
        session.MustBeSound();
        session.State.Book!.Balance.Should().Be(account.Balance);
    }

    private static void SendAnything(Random random)
    {
        var account = new SimulatedAccount();
        var session = new Recording();
        for (var i = 0; i < 40; i++)
        {
            var command = AnyCommand(account, random);
            session.Send(command);
            session.Send(command).Should().NotBeOfType<Decision.Accepted>();
        }

        session.MustBeSound();
    }

    private static SessionCommand AnyCommand(SimulatedAccount account, Random random)
    {
        var at = account.Now;
        return random.Next(14) switch
        {
            0 => new SessionCommand.Identify(User, "id"u8.ToArray(), UserKey.Of("a@b.c"), "mail"u8.ToArray())
            {
                At = at,
            },
            1 => Grant("1001", "1002"),
            2 => Grant(),
            3 => GrantTo(UserKey.Of("somebody else"), "1001"),
            4 => new SessionCommand.Revoke("taken back") { At = at },
            5 => new SessionCommand.SelectAccount(
                new(random.Next(2) == 0 ? "1001" : "1002"),
                random.Next(4) == 0 ? BrokerEnvironment.Live : BrokerEnvironment.Demo
            )
            {
                At = at,
            },
            6 or 7 => Start(),
            8 => Stop(),
            9 => Stream("EURUSD", random.Next(2) == 0 ? "XAUUSD" : "NOSUCH"),
            10 => new SessionCommand.StoreCredentials(
                new byte[] { (byte)random.Next(256) },
                new byte[] { (byte)random.Next(256) },
                at
            )
            {
                At = at,
            },
            11 => Observe(account.Up(random.Next(2) == 0 ? null : at - TimeSpan.FromHours(1))),
            12 => Observe(
                random.Next(3) switch
                {
                    0 => account.Down(random.Next(12), random.Next(2) == 0),
                    1 => new BrokerReport.LinkRefused("NO", "no", random.Next(2) == 0) { At = at },
                    _ => new BrokerReport.LinkOpening(1) { At = at },
                }
            ),
            _ => Observe(RandomTrading.Step(account, random)[^1]),
        };
    }
}
