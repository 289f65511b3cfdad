using FluentAssertions;
using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Sessions;
using Trading.TestKit.Sessions;

namespace Trading.Domain.Tests.Sessions;

/// <summary>A session that records its events as a log would, and an audit of them.</summary>
internal sealed class Recording
{
    public List<Happened> Log { get; } = [];

    public SessionState State { get; private set; } = SessionState.Initial;

    public IEnumerable<T> All<T>()
        where T : IMessage => Log.Select(happened => happened.Payload).OfType<T>();

    public Decision Send(SessionCommand command)
    {
        var decision = SessionDecider.Decide(State, command);
        if (decision is Decision.Accepted accepted)
        {
            accepted.Events.Should().NotBeEmpty();
            Log.AddRange(accepted.Events);
            State = Fold(State, accepted.Events);
        }

        return decision;
    }

    /// <summary>As after a crash: snapshot of a while ago, then the tail.</summary>
    public void Restart(Random random)
    {
        var cut = random.Next(Log.Count + 1);
        var early = Fold(SessionState.Initial, Log.Take(cut));
        var snapshot = SessionSnapshots.Read(SessionSnapshots.Write(early));
        State = Fold(snapshot, Log.Skip(cut));
    }

    public static SessionState Fold(SessionState state, IEnumerable<Happened> events) =>
        events.Aggregate(state, (so, happened) => SessionEvolve.Apply(so, Stored(happened.Payload), happened.At));

    /// <summary>What must hold whatever the broker said, in whatever order.</summary>
    public void MustBeSound()
    {
        foreach (var account in All<BalanceChanged>().GroupBy(change => change.AccountId))
        {
            var sum = 0m;
            foreach (var change in account)
            {
                sum += change.Delta.ToDecimal();
                change.Balance.ToDecimal().Should().Be(sum, "each balance is the sum of all deltas so far");
            }

            if (State.Book?.Account.Value == account.Key)
            {
                State.Book.Balance.Should().Be(sum);
            }
        }

        All<DealExecuted>().Select(deal => deal.DealId).Should().OnlyHaveUniqueItems();
        All<FundsDeposited>()
            .Select(funds => funds.MovementId)
            .Concat(All<FundsWithdrawn>().Select(funds => funds.MovementId))
            .Should()
            .OnlyHaveUniqueItems();
        All<BalanceChanged>().Select(change => change.BalanceVersion).Should().BeInAscendingOrder();
        SessionSnapshots
            .Write(Fold(SessionState.Initial, Log))
            .Should()
            .Equal(SessionSnapshots.Write(State), "replay equals live");
    }

    /// <summary>The session knows what the broker knows.</summary>
    public void MustKnow(SimulatedAccount account)
    {
        var book = State.Book!;
        book.Balance.Should().Be(account.Balance);
        book.Positions.Keys.Should().BeEquivalentTo(account.Positions.Keys);
        foreach (var (id, position) in account.Positions)
        {
            PositionReports.Difference(book.Positions[id], position).Should().BeNull();
        }

        book.Orders.Keys.Should().BeEquivalentTo(account.Orders.Keys);
        foreach (var (id, order) in account.Orders)
        {
            OrderReports.Same(book.Orders[id], order).Should().BeTrue();
        }
    }

    private static IMessage Stored(IMessage payload) =>
        EventCatalog.Decode(EventCatalog.NameOf(payload), payload.ToByteArray());
}
