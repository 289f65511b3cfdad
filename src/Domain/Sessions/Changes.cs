using Google.Protobuf;
using Trading.Domain.Events;

namespace Trading.Domain.Sessions;

/// <summary>Collects the events of one decision. Each is folded in at once, so that what is decided next sees it.</summary>
internal sealed class Changes(SessionState state, DateTimeOffset at)
{
    private readonly List<Happened> _events = [];

    /// <summary>The state with everything collected so far.</summary>
    public SessionState State { get; private set; } = state;

    /// <summary>When the command came.</summary>
    public DateTimeOffset At { get; } = ToMilliseconds(at);

    /// <summary>The selected account with everything collected so far. Only asked for where one is selected.</summary>
    public AccountBook Book => State.Book ?? throw new InvalidOperationException("No account is selected.");

    /// <summary>Adds an event that happened when the command came.</summary>
    public void Add(IMessage payload) => Add(payload, At);

    /// <summary>Adds an event with its own time.</summary>
    public void Add(IMessage payload, DateTimeOffset happenedAt)
    {
        var happened = new Happened(payload, ToMilliseconds(happenedAt));
        State = SessionEvolve.Apply(State, payload, happened.At);
        _events.Add(happened);
    }

    /// <summary>Ends every subscription: the link that streamed them goes.</summary>
    public void EndStreams()
    {
        foreach (var (symbol, id) in State.Subscriptions.OrderBy(pair => pair.Key.Value, StringComparer.Ordinal))
        {
            Add(new SubscriptionRemoved { Symbol = symbol.Value, SymbolId = id.Value });
        }
    }

    /// <summary>The decision: accepted when anything was collected.</summary>
    public Decision ToDecision() => _events.Count == 0 ? Decision.Unchanged.Instance : new Decision.Accepted(_events);

    private static DateTimeOffset ToMilliseconds(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
