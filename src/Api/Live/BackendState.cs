using Trading.Domain.Events;
using Trading.Domain.Market;

namespace Trading.Api.Live;

/// <summary>The six states of the tick streamer.</summary>
internal enum BackendState
{
    /// <summary>The broker's session was stopped, or cannot be reached and is retried slowly.</summary>
    Disconnected,

    /// <summary>The service is starting.</summary>
    WsConnecting,

    /// <summary>The service is up; no broker session was asked for.</summary>
    WsOpen,

    /// <summary>A broker session is being connected or reconnected.</summary>
    CTraderConnecting,

    /// <summary>A broker session is live.</summary>
    Connected,

    /// <summary>The broker refused for good: a person must act.</summary>
    Error,
}

/// <summary>How one environment stands.</summary>
/// <param name="State">One of six.</param>
/// <param name="Symbols">What can be subscribed; empty until the broker has told.</param>
/// <param name="Reason">Why, when not connected; null when there is nothing to say.</param>
internal sealed record BackendStatus(BackendState State, SymbolNames Symbols, string? Reason)
{
    /// <summary>The state as clients know it.</summary>
    public string Word =>
        State switch
        {
            BackendState.Disconnected => "disconnected",
            BackendState.WsConnecting => "ws-connecting",
            BackendState.WsOpen => "ws-open",
            BackendState.CTraderConnecting => "ctrader-connecting",
            BackendState.Connected => "connected",
            _ => "error",
        };
}

/// <summary>Where one session stands, as far as a price watcher cares.</summary>
internal readonly record struct SessionStanding(
    BrokerEnvironment Environment,
    BackendState State,
    string? Reason,
    string? Owner
);
