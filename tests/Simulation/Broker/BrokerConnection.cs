using Trading.Domain;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Simulation.Scheduling;
using Trading.Simulation.World;

namespace Trading.Simulation.Broker;

/// <summary>What travels from the broker to a link.</summary>
internal abstract record BrokerWord
{
    /// <summary>The answer to what was asked last.</summary>
    public sealed record Answer(object? Value) : BrokerWord;

    /// <summary>Something happened to the account.</summary>
    public sealed record News(BrokerReport Report) : BrokerWord;

    /// <summary>A quote.</summary>
    public sealed record Quote(Tick Tick) : BrokerWord;

    /// <summary>The connection is no more.</summary>
    public sealed record Closed(string Reason) : BrokerWord;

    /// <summary>Nothing from the broker: the link itself has something to do.</summary>
    public sealed record Nudge : BrokerWord;
}

/// <summary>One connection: what is sent on it arrives later and in order, or never.</summary>
internal sealed class BrokerConnection(
    Scheduler scheduler,
    Strand servers,
    Strand client,
    Weather weather,
    Mail<BrokerWord> mail
)
{
    private static readonly TimeSpan AtLeast = TimeSpan.FromTicks(1);
    private readonly Queue<Action> _down = new();
    private readonly Queue<Action> _up = new();
    private DateTimeOffset _lastDown;
    private DateTimeOffset _lastUp;

    /// <summary>The client's strand.</summary>
    public Strand Client => client;

    /// <summary>The broker still holds it.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>What is streamed on it.</summary>
    public HashSet<SymbolName> Streams { get; } = [];

    /// <summary>The broker says something.</summary>
    public void Say(BrokerWord word)
    {
        if (IsOpen)
        {
            _down.Enqueue(() => Arrive(word));
            Travel(ref _lastDown, client, _down);
        }
    }

    /// <summary>The client sends something for the broker to do.</summary>
    public void Send(Action work)
    {
        _up.Enqueue(() =>
        {
            if (IsOpen)
            {
                work();
            }
        });
        Travel(ref _lastUp, servers, _up);
    }

    /// <summary>The client asks.</summary>
    public void Ask(Func<object?> serve) => Send(() => Say(new BrokerWord.Answer(serve())));

    /// <summary>It ends here and now; what is under way is lost, and the client learns of it after a while.</summary>
    public void Break(string reason)
    {
        if (IsOpen)
        {
            IsOpen = false;
            scheduler.After(weather.Latency(), client, () => mail.Add(new BrokerWord.Closed(reason)));
        }
    }

    /// <summary>The client has left.</summary>
    public void Leave() => IsOpen = false;

    private void Arrive(BrokerWord word)
    {
        if (IsOpen)
        {
            mail.Add(word);
        }
    }

    // What arrives is always the oldest under way, however a held client sorts its steps.
    private void Travel(ref DateTimeOffset last, Strand to, Queue<Action> underWay)
    {
        var arrival = scheduler.Now + weather.Latency();
        last = arrival > last ? arrival : last + AtLeast;
        scheduler.After(last - scheduler.Now, to, () => underWay.Dequeue()());
    }
}
