using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.Simulation.Broker;
using Trading.TestKit.Sessions;

namespace Trading.Simulation.World;

/// <summary>Does the deeds of a plan: what users ask for, what they trade at the broker, and what befalls the world.</summary>
internal sealed class Clients(SimulatedWorld world, Random random)
{
    private static readonly string[] Symbols = ["EURUSD", "USDJPY", "XAUUSD", "EURGBP", "GBPUSD", "NOSUCH"];
    private int _leases;

    /// <summary>Everybody grants and starts.</summary>
    public void StartAll()
    {
        foreach (var user in world.Users)
        {
            Grant(user);
            Start(user);
        }
    }

    /// <summary>Does one deed.</summary>
    public void Do(Deed deed)
    {
        var dice = new Random(deed.Seed);
        var user = world.Users[dice.Next(world.Users.Count)];
        var accounts = world.Broker.Accounts.Values.ToArray();
        var account = accounts[dice.Next(accounts.Length)];
        world.Say($"deed: {deed.Kind}");
        switch (deed.Kind)
        {
            case DeedKind.Trade:
                world.Broker.Happen(account, it => RandomTrading.Act(it.Book, dice));
                break;
            case DeedKind.Unexplained:
                world.Weather.Note(Faults.Unexplained);
                world.Broker.Happen(account, it => Adjust(it, dice));
                break;
            case DeedKind.Leverage:
                world.Broker.Happen(account, it => Lever(it, dice));
                break;
            case DeedKind.Want:
                Want(
                    dice.Next(4) == 0 ? BrokerEnvironment.Live : BrokerEnvironment.Demo,
                    new(Symbols[dice.Next(Symbols.Length)])
                );
                break;
            case DeedKind.Release:
                Release(dice);
                break;
            case DeedKind.Grant:
                Grant(user);
                break;
            case DeedKind.Identify:
                Send(
                    user,
                    new SessionCommand.Identify(user, world.Sealer.Sealed(user, "id"), null, default) { At = Now }
                );
                break;
            case DeedKind.Select:
                Send(account.User, new SessionCommand.SelectAccount(new(account.Id), account.Environment) { At = Now });
                break;
            case DeedKind.Start:
                Start(user);
                break;
            case DeedKind.Stop:
                Send(user, new SessionCommand.Stop("asked") { At = Now });
                break;
            case DeedKind.Revoke:
                Send(user, new SessionCommand.Revoke("asked") { At = Now });
                break;
            default:
                Befall(deed.Kind, dice, user, account);
                break;
        }
    }

    private DateTimeOffset Now => world.Scheduler.Now;

    private void Befall(DeedKind kind, Random dice, UserKey user, BrokerAccount account)
    {
        var weather = world.Weather;
        switch (kind)
        {
            case DeedKind.BreakLink:
                weather.Note(Faults.LinkBroken);
                world.Broker.Break("connection reset", (it, _) => it == account);
                break;
            case DeedKind.BreakAllLinks:
                weather.Note(Faults.AllLinksBroken);
                world.Broker.Break("network down", (_, _) => true);
                break;
            case DeedKind.BrokerAway:
                weather.Note(Faults.BrokerAway);
                weather.BrokerAwayUntil = Now + TimeSpan.FromSeconds(dice.Next(1, 90));
                world.Broker.Break("maintenance", (_, _) => true);
                break;
            case DeedKind.ExpireTokens:
                weather.Note(Faults.TokenExpired);
                world.Broker.Tokens.Expire(user);
                world.Broker.Break("token expired", (it, _) => it.User == user);
                break;
            case DeedKind.WithdrawConsent:
                weather.Note(Faults.ConsentGone);
                world.Broker.Tokens.Withdraw(user);
                world.Broker.Break("consent withdrawn", (it, _) => it.User == user);
                break;
            case DeedKind.Crash:
                world.CrashAfter(dice.Next(1, 200));
                break;
            case DeedKind.Restart when world.Current is { IsUp: true } process:
                weather.Note(Faults.Restart);
                process.Stop(TimeSpan.FromSeconds(5));
                world.Scheduler.After(TimeSpan.FromSeconds(6), world.Servers, () => world.Ended(process));
                break;
            case DeedKind.Pause:
                weather.Note(Faults.Paused);
                world.Double(TimeSpan.FromMilliseconds(dice.Next(10, 15_000)), TimeSpan.FromSeconds(dice.Next(1, 30)));
                break;
            case DeedKind.KillReaders:
                weather.Note(Faults.ReaderKilled);
                world.Current?.KillReaders();
                break;
            case DeedKind.StoreAway:
                weather.Note(Faults.StoreAway);
                weather.StoreAwayUntil = Now + TimeSpan.FromMilliseconds(dice.Next(100, 12_000));
                break;
            case DeedKind.WipeSnapshots:
                weather.Note(Faults.SnapshotsGone);
                world.Store.Snapshots.Clear();
                break;
        }
    }

    private void Want(BrokerEnvironment environment, SymbolName symbol)
    {
        var lease = ++_leases;
        world.Wants.Add(lease, (environment, symbol));
        world.Current?.Want(lease, environment, symbol);
    }

    private void Release(Random dice)
    {
        if (world.Wants.Count > 0)
        {
            var lease = world.Wants.Keys.ElementAt(dice.Next(world.Wants.Count));
            world.Wants.Remove(lease);
            world.Current?.Release(lease);
        }
    }

    private void Grant(UserKey user)
    {
        var tokens = world.Broker.Tokens.Give(user);
        var granted = world
            .Broker.Accounts.Values.Where(account => account.User == user)
            .Select(account => new GrantedAccount { AccountId = account.Id, Environment = account.Environment })
            .ToArray();
        Send(
            user,
            new SessionCommand.Grant(
                user,
                "ctrader",
                world.Sealer.Sealed(user, tokens.AccessToken),
                world.Sealer.Sealed(user, tokens.RefreshToken!),
                tokens.ExpiresAt,
                "trade",
                granted
            )
            {
                At = Now,
            }
        );
        Send(user, new SessionCommand.SelectAccount(new(granted[0].AccountId), granted[0].Environment) { At = Now });
    }

    private void Start(UserKey user) => Send(user, new SessionCommand.Start(user, "frontend") { At = Now });

    private void Send(UserKey user, SessionCommand command)
    {
        // A client's request takes its time to the process that it reaches.
        var delay = TimeSpan.FromMilliseconds(random.Next(0, 50));
        world.Scheduler.After(
            delay,
            world.Servers,
            () =>
            {
                if (world.Current is { IsUp: true } process)
                {
                    process.Send(user, command);
                }
            }
        );
    }

    private static List<BrokerReport> Adjust(BrokerAccount account, Random dice)
    {
        var amount = dice.Next(-10_000, 10_000) / 100m;
        account.Book.Adjust(amount);
        account.Unexplained.Add(amount);
        return dice.Next(2) == 0
            ? []
            : [new BrokerReport.AccountReported(account.Book.State()) { At = account.Book.Now }];
    }

    private static List<BrokerReport> Lever(BrokerAccount account, Random dice)
    {
        account.Book.Leverage = (uint)dice.Next(1, 500) * 100;
        return [new BrokerReport.AccountReported(account.Book.State()) { At = account.Book.Now }];
    }
}
