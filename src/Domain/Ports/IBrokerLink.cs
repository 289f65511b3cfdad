using System.Threading.Channels;
using Trading.Domain.Events;
using Trading.Domain.Liveness;
using Trading.Domain.Market;

namespace Trading.Domain.Ports;

/// <summary>Opens links to one broker.</summary>
public interface IBrokerLinkFactory
{
    /// <summary>The broker's name as stored in events, for example <c>ctrader</c>.</summary>
    string Broker { get; }

    /// <summary>Makes a link that starts connecting at once and never gives up on transient faults. Ticks go to
    /// <paramref name="ticks"/>, everything else to <see cref="IBrokerLink.Reports"/>.</summary>
    IBrokerLink Open(LinkSettings settings, ITickSink ticks);
}

/// <summary>All a broker is to us: requests out, reports in. One link serves one account of one session; it reconnects,
/// re-authorises, reconciles and re-subscribes by itself.</summary>
public interface IBrokerLink : IAsyncDisposable
{
    /// <summary>What the broker and the link say, in order. Bounded: a slow reader slows the link. Completes after disposal
    /// or after <see cref="BrokerReport.LinkRefused"/>.</summary>
    ChannelReader<BrokerReport> Reports { get; }

    /// <summary>States the whole set of symbols to stream. The link makes what is subscribed follow, now and after each
    /// reconnect.</summary>
    void Want(IReadOnlySet<SymbolName> symbols);

    /// <summary>How the link does, when it can tell: stuck while it waits for the broker in vain.</summary>
    Vital? Vital => null;

    /// <summary>Confirms that renewed credentials are stored durably; only then the link uses them.</summary>
    void CredentialsStored(BrokerCredentials credentials);
}

/// <summary>What a link needs to know to open.</summary>
public sealed record LinkSettings
{
    /// <summary>Demo or live: chooses the broker's host.</summary>
    public required BrokerEnvironment Environment { get; init; }

    /// <summary>The account to serve.</summary>
    public required AccountId Account { get; init; }

    /// <summary>The tokens in the clear. Never to be logged.</summary>
    public required BrokerCredentials Credentials { get; init; }

    /// <summary>Deals and cash movements from here on are read from the broker's history on the first connect; null for
    /// none. The link overlaps a little, so the reader recognises repeats by their ids.</summary>
    public DateTimeOffset? RecoverSince { get; init; }

    /// <summary>The set of symbols to stream from the first connect on.</summary>
    public IReadOnlySet<SymbolName> Symbols { get; init; } = new HashSet<SymbolName>();
}

/// <summary>Tokens in the clear. <see cref="ToString"/> never shows them.</summary>
public sealed record BrokerCredentials(string AccessToken, string? RefreshToken, DateTimeOffset? ExpiresAt)
{
    /// <inheritdoc/>
    public override string ToString() => $"credentials that end {ExpiresAt?.ToString("O") ?? "at an unknown time"}";
}

/// <summary>Takes the ticks of a link.</summary>
public interface ITickSink
{
    /// <summary>Takes ticks in the order of arrival, both sides filled in. The memory is the link's again once the task has
    /// completed; a full sink makes the link wait, and the broker's socket with it.</summary>
    ValueTask AcceptAsync(ReadOnlyMemory<Tick> ticks, CancellationToken cancellation);
}
