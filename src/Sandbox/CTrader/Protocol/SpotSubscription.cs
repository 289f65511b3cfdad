using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Market;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>One symbol subscribed by one account session, with its live bars.</summary>
internal sealed class SpotSubscription(Connection connection, long accountId, Instrument instrument, bool withTime)
    : ISpotListener
{
    private readonly SortedDictionary<BarPeriod, Bar?> _bars = [];

    public Instrument Instrument => instrument;

    public IReadOnlyCollection<BarPeriod> Periods => _bars.Keys;

    /// <summary>The order book, when it is subscribed too.</summary>
    public DepthBook? Depth { get; private set; }

    public bool IsStalled => connection.IsStalled || connection.HasEnded;

    public ValueTask DrainAsync(CancellationToken ct) => connection.Output.DrainAsync(ct);

    public bool AddPeriod(BarPeriod period) =>
        _bars.TryAdd(period, instrument.Bars.Current(period, instrument.Symbol.QuoteTime));

    public bool RemovePeriod(BarPeriod period) => _bars.Remove(period);

    public void StartDepth()
    {
        Depth = new DepthBook(instrument.Symbol);
        connection.Send(Depth.Change(accountId), clientMsgId: null);
    }

    public void StopDepth() => Depth = null;

    /// <summary>The first event: whole quote, previous close, and the bars so far.</summary>
    public void SendSnapshot()
    {
        var symbol = instrument.Symbol;
        var spot = new ProtoOASpotEvent
        {
            CtidTraderAccountId = accountId,
            SymbolId = symbol.Spec.Id,
            Bid = (ulong)symbol.Bid,
            Ask = (ulong)symbol.Ask,
            SessionClose = (ulong)symbol.SessionClose,
        };
        AddBars(spot);
        if (withTime)
        {
            spot.Timestamp = symbol.QuoteTime;
        }

        connection.Send(spot, clientMsgId: null);
    }

    public void OnTick(Instrument source, in Tick tick, bool bidChanged, bool askChanged)
    {
        if (_bars.Count > 0)
        {
            Count(tick, bidChanged && askChanged ? 2 : 1);
        }

        // Bars travel with a change of the bid only.
        if (_bars.Count > 0 && bidChanged)
        {
            SendWithBars(tick, askChanged);
        }
        else
        {
            connection.SendSpot(
                accountId,
                source.Symbol.Spec.Id,
                bidChanged ? tick.Bid : -1,
                askChanged ? tick.Ask : -1,
                withTime ? tick.Time : -1
            );
        }

        if (Depth is not null)
        {
            connection.Send(Depth.Change(accountId), clientMsgId: null);
        }
    }

    private void Count(in Tick tick, int ticks)
    {
        foreach (var period in _bars.Keys.ToArray())
        {
            var open = BarClock.OpenOf(period, tick.Time);
            _bars[period] =
                _bars[period] is { } bar && bar.OpenTime >= open
                    ? bar.With(tick.Bid, ticks)
                    : new Bar(open, tick.Bid, tick.Bid, tick.Bid, tick.Bid, 1);
        }
    }

    private void SendWithBars(in Tick tick, bool askChanged)
    {
        var spot = new ProtoOASpotEvent
        {
            CtidTraderAccountId = accountId,
            SymbolId = instrument.Symbol.Spec.Id,
            Bid = (ulong)tick.Bid,
        };
        if (askChanged)
        {
            spot.Ask = (ulong)tick.Ask;
        }

        AddBars(spot);
        if (withTime)
        {
            spot.Timestamp = tick.Time;
        }

        connection.Send(spot, clientMsgId: null);
    }

    private void AddBars(ProtoOASpotEvent spot)
    {
        foreach (var (period, current) in _bars)
        {
            if (current is { } bar)
            {
                spot.Trendbar.Add(
                    new ProtoOATrendbar
                    {
                        Period = period,
                        Volume = bar.Volume,
                        Low = bar.Low,
                        DeltaOpen = (ulong)(bar.Open - bar.Low),
                        DeltaHigh = (ulong)(bar.High - bar.Low),
                        UtcTimestampInMinutes = (uint)(bar.OpenTime / 60_000),
                    }
                );
            }
        }
    }
}
