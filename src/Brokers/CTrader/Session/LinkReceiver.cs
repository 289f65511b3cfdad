using System.Threading.Channels;
using Google.Protobuf;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.CTrader.Mapping;
using Trading.Brokers.CTrader.Wire;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Session;

/// <summary>
/// What one connection brings unasked, sorted: ticks to the sink, account events into a bounded line, and what
/// concerns the link itself to the link. Until the snapshot has been reported the line only fills; a slow taker then
/// slows the socket.
/// </summary>
internal sealed class LinkReceiver(long accountId, ITickSink sink, TimeProvider clock) : IFrameReceiver
{
    // While the snapshot is being fetched nobody takes events, so this many must be enough to bridge it.
    private const int Capacity = 8192;

    private readonly Channel<BrokerEvent> _events = Channel.CreateBounded<BrokerEvent>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true }
    );
    private readonly TaskCompletionSource<LinkLoss> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TickMerger _ticks = new(clock);
    private readonly List<BrokerEvent> _arrived = [];
    private long _lastQuoteAt = clock.GetTimestamp();
    private volatile ProbedSymbol? _probed;
    private volatile SymbolDirectory _symbols = SymbolDirectory.Empty;
    private volatile bool _open;
    private readonly Lock _changing = new();
    private Action? _symbolsChanged;
    private bool _changedEarly;

    /// <summary>Account events in the order of arrival.</summary>
    public ChannelReader<BrokerEvent> Events => _events.Reader;

    /// <summary>Completes when the broker ends the account's session while the connection stands.</summary>
    public Task<LinkLoss> Lost => _lost.Task;

    /// <summary>The symbols by whose names ticks go out.</summary>
    public SymbolDirectory Symbols
    {
        get => _symbols;
        set => _symbols = value;
    }

    /// <summary>Time since the last quote that was not asked for by <see cref="Probe"/>, or since the connection began.
    /// </summary>
    public TimeSpan SinceLastQuote => clock.GetElapsedTime(Volatile.Read(ref _lastQuoteAt));

    /// <summary>Keeps the quotes of a symbol from the sink from now on, and completes with the first of them.</summary>
    public Task Probe(long symbolId)
    {
        var probed = new ProbedSymbol(symbolId);
        _probed = probed;
        return probed.Answered.Task;
    }

    /// <summary>Lets the quotes of the probed symbol through again: somebody may want it next.</summary>
    public void EndProbe() => _probed = null;

    /// <summary>Says that events are being taken from now on.</summary>
    /// <param name="symbolsChanged">Called when the broker says that specifications changed; must not block.</param>
    public void Open(Action symbolsChanged)
    {
        bool changed;
        lock (_changing)
        {
            _symbolsChanged = symbolsChanged;
            changed = _changedEarly;
        }

        _open = true;
        if (changed)
        {
            symbolsChanged();
        }
    }

    /// <summary>Says that nothing more will arrive, so that taking the events comes to an end.</summary>
    public void Complete() => _events.Writer.TryComplete();

    /// <inheritdoc/>
    public void OnQuote(in SpotQuote quote)
    {
        if (_probed is { } probed && probed.SymbolId == quote.SymbolId)
        {
            probed.Answered.TrySetResult();
            return;
        }

        _ticks.Add(in quote, _symbols);
    }

    /// <inheritdoc/>
    public bool OnMessage(in Envelope envelope, long sequence)
    {
        switch ((ProtoOAPayloadType)envelope.PayloadType)
        {
            case ProtoOAPayloadType.ProtoOaExecutionEvent:
            case ProtoOAPayloadType.ProtoOaOrderErrorEvent:
            case ProtoOAPayloadType.ProtoOaTraderUpdateEvent:
            case ProtoOAPayloadType.ProtoOaMarginChangedEvent:
            case ProtoOAPayloadType.ProtoOaTrailingSlChangedEvent:
                _arrived.Add(new BrokerEvent(envelope.PayloadType, ByteString.CopyFrom(envelope.Payload), sequence));
                return true;
            default:
                return OnControl(envelope.PayloadType, envelope.Payload);
        }
    }

    /// <inheritdoc/>
    public async ValueTask OnReadAsync(CancellationToken cancellation)
    {
        if (!_ticks.Gathered.IsEmpty)
        {
            LinkMetrics.Ticks.Add(_ticks.Gathered.Length);
            Volatile.Write(ref _lastQuoteAt, clock.GetTimestamp());
            await sink.AcceptAsync(_ticks.Gathered, cancellation);
            _ticks.Clear();
        }

        foreach (var arrived in _arrived)
        {
            if (_events.Writer.TryWrite(arrived))
            {
                continue;
            }

            if (!_open)
            {
                // Waiting would keep the very answers from arriving that the snapshot waits for.
                _lost.TrySetResult(
                    new LinkLoss.Transient("LINK_FLOODED", "More events than can be kept before the snapshot.")
                );
                break;
            }

            await _events.Writer.WriteAsync(arrived, cancellation);
        }

        _arrived.Clear();
    }

    private sealed record ProbedSymbol(long SymbolId)
    {
        public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private bool OnControl(uint payloadType, ReadOnlySpan<byte> payload)
    {
        try
        {
            switch ((ProtoOAPayloadType)payloadType)
            {
                case ProtoOAPayloadType.ProtoOaAccountDisconnectEvent:
                    OnAccountGone(ProtoOAAccountDisconnectEvent.Parser.ParseFrom(payload));
                    break;
                case ProtoOAPayloadType.ProtoOaAccountsTokenInvalidatedEvent:
                    OnTokenGone(ProtoOAAccountsTokenInvalidatedEvent.Parser.ParseFrom(payload));
                    break;
                case ProtoOAPayloadType.ProtoOaClientDisconnectEvent:
                    Lose("CLIENT_DISCONNECTED", ProtoOAClientDisconnectEvent.Parser.ParseFrom(payload).Reason);
                    break;
                case ProtoOAPayloadType.ProtoOaErrorRes or (ProtoOAPayloadType)PayloadTypes.ProxyError:
                    OnStrayError(BrokerError.Parse(payloadType, payload, tradingCommand: false));
                    break;
                case ProtoOAPayloadType.ProtoOaSymbolChangedEvent:
                    OnSymbolsChanged();
                    break;
                default:
                    LinkMetrics.Skip(PayloadTypes.IsKnown(payloadType) ? "not of interest" : "payload type");
                    break;
            }

            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    // The snapshot may have read the symbols before they changed, so a change during it is kept.
    private void OnSymbolsChanged()
    {
        lock (_changing)
        {
            _changedEarly = true;
            _symbolsChanged?.Invoke();
        }
    }

    private void OnAccountGone(ProtoOAAccountDisconnectEvent gone)
    {
        if (gone.CtidTraderAccountId == accountId)
        {
            Lose("ACCOUNT_DISCONNECTED", "The broker ended the account's session.");
        }
    }

    private void OnTokenGone(ProtoOAAccountsTokenInvalidatedEvent gone)
    {
        if (gone.CtidTraderAccountIds.Contains(accountId))
        {
            Lose("TOKEN_INVALIDATED", gone.Reason);
        }
    }

    // An error that belongs to no request of ours speaks of the session as a whole.
    private void OnStrayError(BrokerError error)
    {
        if (error.Reaction is ErrorReaction.AuthoriseAccount or ErrorReaction.Reconnect or ErrorReaction.Stop)
        {
            _lost.TrySetResult(LinkLoss.Of(error, clock.GetUtcNow()));
        }
        else
        {
            LinkMetrics.Skip("stray error");
        }
    }

    /// <summary>Gives the account's session up, so that a new one begins with a snapshot.</summary>
    public void Lose(string code, string detail) =>
        _lost.TrySetResult(new LinkLoss.Transient(code, string.IsNullOrWhiteSpace(detail) ? code : detail));
}
