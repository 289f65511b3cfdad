using System.Collections.Concurrent;
using System.Threading.Channels;
using Trading.Domain;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.TestKit;

namespace Trading.Actors.Tests.Support;

/// <summary>A broker whose links say what a test tells them to.</summary>
internal sealed class ScriptedBroker : IBrokerLinkFactory
{
    public string Broker => "ctrader";

    public ConcurrentQueue<ScriptedLink> Links { get; } = new();

    public Func<LinkSettings, Exception?> FailToOpen { get; set; } = _ => null;

    /// <summary>What links answer when they are asked for past ticks; null for links that keep none.</summary>
    public PastOf? History { get; set; }

    /// <summary>What each new link does at once.</summary>
    public Action<ScriptedLink> OnOpen { get; set; } = _ => { };

    public IBrokerLink Open(LinkSettings settings, ITickSink ticks)
    {
        if (FailToOpen(settings) is { } failure)
        {
            throw failure;
        }

        var link = History is { } history
            ? new RememberingLink(settings, ticks, history)
            : new ScriptedLink(settings, ticks);
        Links.Enqueue(link);
        OnOpen(link);
        return link;
    }

    /// <summary>The link opened as number <paramref name="count"/>, counted from 1.</summary>
    public Task<ScriptedLink> LinkAsync(int count = 1) =>
        Eventually.Get(() => Task.FromResult(Links.ElementAtOrDefault(count - 1)));
}

internal class ScriptedLink(LinkSettings settings, ITickSink ticks) : IBrokerLink
{
    private readonly Channel<BrokerReport> _reports = Channel.CreateBounded<BrokerReport>(64);

    public LinkSettings Settings => settings;

    public ConcurrentQueue<IReadOnlySet<SymbolName>> Wants { get; } = new();

    public ConcurrentQueue<BrokerCredentials> Stored { get; } = new();

    public bool Disposed { get; private set; }

    public ChannelReader<BrokerReport> Reports => _reports.Reader;

    public IEnumerable<string> Streaming => (Wants.LastOrDefault() ?? settings.Symbols).Select(s => s.Value);

    public void Want(IReadOnlySet<SymbolName> symbols) => Wants.Enqueue(symbols);

    public void CredentialsStored(BrokerCredentials credentials) => Stored.Enqueue(credentials);

    public ValueTask SayAsync(BrokerReport report) => _reports.Writer.WriteAsync(report);

    public void Say(BrokerReport report) => _reports.Writer.TryWrite(report);

    public bool TrySay(BrokerReport report) => _reports.Writer.TryWrite(report);

    public void Break(Exception failure) => _reports.Writer.TryComplete(failure);

    public ValueTask TickAsync(params Tick[] quotes) => ticks.AcceptAsync(quotes, CancellationToken.None);

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        _reports.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Answers for the ticks from one moment to another, both included.</summary>
internal delegate PastTicks PastOf(SymbolName symbol, long fromMs, long toMs, int most);

/// <summary>A link that can be asked for past ticks.</summary>
internal sealed class RememberingLink(LinkSettings settings, ITickSink ticks, PastOf history)
    : ScriptedLink(settings, ticks),
        IBrokerTickHistory
{
    public Task<PastTicks> ReadTicksAsync(
        Tick before,
        long fromMs,
        long toMs,
        int most,
        Action beat,
        CancellationToken cancellation
    ) => Task.Run(() => history(before.Symbol, fromMs, toMs, most), cancellation);
}
