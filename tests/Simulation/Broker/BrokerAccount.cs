using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.TestKit.Sessions;

namespace Trading.Simulation.Broker;

/// <summary>An account at the broker: the truth that the journal is compared with.</summary>
internal sealed class BrokerAccount(string id, UserKey user, BrokerEnvironment environment, TimeSpan skew)
{
    private readonly List<BrokerMoment> _moments = [];

    /// <summary>Its id.</summary>
    public string Id => id;

    /// <summary>Whose.</summary>
    public UserKey User => user;

    /// <summary>Where.</summary>
    public BrokerEnvironment Environment => environment;

    /// <summary>What it holds.</summary>
    public SimulatedAccount Book { get; } = new(id, 10_000m, environment);

    /// <summary>Everything that moved its balance without a record of it.</summary>
    public List<decimal> Unexplained { get; } = [];

    /// <summary>Those who listen.</summary>
    public List<BrokerConnection> Connections { get; } = [];

    /// <summary>The moments at which somebody looked at it.</summary>
    public IReadOnlyList<BrokerMoment> Moments => _moments;

    /// <summary>Brings its clock up to the time.</summary>
    public void Wake(DateTimeOffset now)
    {
        var behind = now + skew - Book.Now;
        if (behind > TimeSpan.Zero)
        {
            Book.Wait(behind);
        }
    }

    /// <summary>All about it now, without history. Its source names the moment.</summary>
    public AccountSnapshot Look()
    {
        var snapshot = Book.Snapshot(null);
        _moments.Add(new(Book.Deals.Count, Book.Movements.Count, Book.PastOrders.Count, Unexplained.Count));
        var source = new BrokerMessage
        {
            Type = "ProtoOATrader",
            Body = ByteString.CopyFromUtf8($"{_moments.Count - 1}"),
        };
        return snapshot with { Account = snapshot.Account with { Source = source } };
    }

    /// <summary>The moment that a balance's source names.</summary>
    public BrokerMoment MomentOf(BrokerMessage source) => _moments[int.Parse(source.Body.ToStringUtf8())];
}

/// <summary>How much had happened when somebody looked.</summary>
internal sealed record BrokerMoment(int Deals, int Movements, int Orders, int Unexplained);
