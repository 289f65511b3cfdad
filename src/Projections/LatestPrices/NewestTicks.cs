using System.Runtime.InteropServices;
using Trading.Domain.Market;

namespace Trading.Projections.LatestPrices;

/// <summary>The newest tick of each symbol among many. One look-up for a run of ticks of one symbol, none of them copied.
/// </summary>
internal sealed class NewestTicks
{
    private readonly Dictionary<string, int> _bySymbol = new(StringComparer.Ordinal);

    /// <summary>Where in the block the newest tick of each symbol stands. Valid until the next call.</summary>
    public IReadOnlyCollection<int> Of(ReadOnlySpan<Tick> ticks)
    {
        _bySymbol.Clear();
        for (var index = 0; index < ticks.Length; )
        {
            var symbol = ticks[index].Symbol.Value;
            while (index + 1 < ticks.Length && ReferenceEquals(ticks[index + 1].Symbol.Value, symbol))
            {
                index++;
            }

            CollectionsMarshal.GetValueRefOrAddDefault(_bySymbol, symbol, out _) = index++;
        }

        return _bySymbol.Values;
    }
}
