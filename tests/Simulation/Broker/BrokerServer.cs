using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Simulation.Scheduling;
using Trading.Simulation.World;

namespace Trading.Simulation.Broker;

/// <summary>The broker: accounts, tokens, quotes. Lives outside every process.</summary>
internal sealed class BrokerServer
{
    private readonly Dictionary<(BrokerEnvironment, SymbolName), Tick> _quotes = [];
    private readonly List<(BrokerEnvironment Environment, Tick Tick)> _past = [];
    private readonly Scheduler _scheduler;
    private readonly Strand _servers;
    private readonly Weather _weather;
    private readonly Trace _trace;
    private readonly Random _random;

    public BrokerServer(Scheduler scheduler, Strand servers, Weather weather, Trace trace, Random random)
    {
        _scheduler = scheduler;
        _servers = servers;
        _weather = weather;
        _trace = trace;
        _random = random;
        Tokens = new(() => scheduler.Now, TimeSpan.FromMinutes(random.Next(2, 30)));
    }

    /// <summary>All accounts, by id.</summary>
    public SortedDictionary<string, BrokerAccount> Accounts { get; } = new(StringComparer.Ordinal);

    /// <summary>All tokens.</summary>
    public TokenBook Tokens { get; }

    /// <summary>Told of every quote.</summary>
    public Action<BrokerEnvironment, Tick> Quoted { get; set; } = (_, _) => { };

    /// <summary>Told of every token that is used, and by which process.</summary>
    public Action<BrokerAccount, string, string> Used { get; set; } = (_, _, _) => { };

    /// <summary>Somebody connects; null when the broker does not take it.</summary>
    public BrokerConnection? Connect(Strand client, Mail<BrokerWord> mail) =>
        _scheduler.Now < _weather.BrokerAwayUntil || _weather.Strikes(Faults.ConnectFailed)
            ? null
            : new(_scheduler, _servers, client, _weather, mail);

    /// <summary>Opens an account to a connection: what happens from here on is told on it.</summary>
    public TokenStanding Authorise(BrokerConnection connection, BrokerAccount account, string access)
    {
        Used(account, access, connection.Client.Name);
        var standing = Tokens.StandingOf(access);
        if (standing == TokenStanding.Good)
        {
            account.Connections.Add(connection);
        }

        return standing;
    }

    /// <summary>What the account is now.</summary>
    public AccountSnapshot Look(BrokerAccount account)
    {
        account.Wake(_scheduler.Now);
        return account.Look();
    }

    /// <summary>What happened to the account since a moment.</summary>
    public AccountSnapshot History(BrokerAccount account, DateTimeOffset since)
    {
        account.Wake(_scheduler.Now);
        return account.Book.Snapshot(since);
    }

    /// <summary>States what is to be streamed; each new symbol's last quote is repeated.</summary>
    public void Stream(BrokerConnection connection, BrokerAccount account, IReadOnlySet<SymbolName> symbols)
    {
        connection.Streams.RemoveWhere(symbol => !symbols.Contains(symbol));
        foreach (var symbol in symbols.OrderBy(symbol => symbol.Value, StringComparer.Ordinal))
        {
            if (connection.Streams.Add(symbol) && _quotes.TryGetValue((account.Environment, symbol), out var last))
            {
                connection.Say(new BrokerWord.Quote(last));
            }
        }
    }

    /// <summary>Something happens to an account, and those who listen are told.</summary>
    public void Happen(BrokerAccount account, Func<BrokerAccount, IReadOnlyList<BrokerReport>> deed)
    {
        account.Wake(_scheduler.Now);
        var reports = deed(account);
        foreach (var report in reports)
        {
            _trace.Say(_scheduler.Now, $"broker {account.Id}: {report.GetType().Name}");
        }

        account.Connections.RemoveAll(connection => !connection.IsOpen);
        foreach (var connection in account.Connections.ToArray())
        {
            if (_weather.Strikes(Faults.LinkBroken))
            {
                connection.Break("connection reset");
            }

            foreach (var report in reports)
            {
                connection.Say(new BrokerWord.News(report));
                if (_weather.Strikes(Faults.NewsTwice))
                {
                    connection.Say(new BrokerWord.News(report));
                }
            }
        }
    }

    /// <summary>The market moves.</summary>
    public void Quote(BrokerEnvironment environment, SymbolName symbol)
    {
        var step = _random.Next(-50, 51);
        var last = _quotes.GetValueOrDefault((environment, symbol));
        var bid = last.Bid.Units == 0 ? 110_000_000 : Math.Max(1_000_000, last.Bid.Units + (step * 1_000));
        var at = Math.Max(last.TimestampMs + 1, _scheduler.Now.ToUnixTimeMilliseconds());
        var tick = new Tick(symbol, new Price(bid), new Price(bid + 10_000), at);
        _quotes[(environment, symbol)] = tick;
        _past.Add((environment, tick));
        Quoted(environment, tick);
        foreach (var account in Accounts.Values.Where(account => account.Environment == environment))
        {
            foreach (var connection in account.Connections.Where(c => c.IsOpen && c.Streams.Contains(symbol)))
            {
                connection.Say(new BrokerWord.Quote(tick));
            }
        }
    }

    /// <summary>The quotes of a symbol between two moments, both included.</summary>
    public IReadOnlyList<Tick> Past(BrokerEnvironment environment, SymbolName symbol, long fromMs, long toMs) =>
        [
            .. _past
                .Where(past => past.Environment == environment && past.Tick.Symbol == symbol)
                .Select(past => past.Tick)
                .Where(tick => tick.TimestampMs >= fromMs && tick.TimestampMs <= toMs),
        ];

    /// <summary>Breaks connections.</summary>
    public void Break(string reason, Func<BrokerAccount, BrokerConnection, bool> which)
    {
        foreach (var account in Accounts.Values)
        {
            foreach (var connection in account.Connections.Where(connection => which(account, connection)).ToArray())
            {
                connection.Break(reason);
            }

            account.Connections.RemoveAll(connection => !connection.IsOpen);
        }
    }
}
