using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Engine;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>A made-up order book around the quote: three levels a side, told as increments.</summary>
internal sealed class DepthBook(Symbol symbol)
{
    private const int Levels = 3;

    private readonly Dictionary<ulong, (long Bid, long Ask)> _sent = [];
    private ulong _lastId;

    /// <summary>What changed since the last call; the first call gives the whole book.</summary>
    public ProtoOADepthEvent Change(long accountId)
    {
        var point = symbol.Spec.PointP5;
        var wanted = new HashSet<(long Bid, long Ask)>();
        for (var level = 0; level < Levels; level++)
        {
            wanted.Add((symbol.Bid - level * point, 0));
            wanted.Add((0, symbol.Ask + level * point));
        }

        var message = new ProtoOADepthEvent { CtidTraderAccountId = accountId, SymbolId = (ulong)symbol.Spec.Id };
        foreach (var (id, quote) in _sent.Where(s => !wanted.Remove(s.Value)).ToArray())
        {
            message.DeletedQuotes.Add(id);
            _sent.Remove(id);
        }

        foreach (var quote in wanted)
        {
            var level = new ProtoOADepthQuote { Id = ++_lastId, Size = (ulong)symbol.Spec.LotSize };
            if (quote.Bid > 0)
            {
                level.Bid = (ulong)quote.Bid;
            }
            else
            {
                level.Ask = (ulong)quote.Ask;
            }

            message.NewQuotes.Add(level);
            _sent[_lastId] = quote;
        }

        return message;
    }
}
