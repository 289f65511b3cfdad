using Trading.Domain.Logs;
using Trading.Projections.TimeTravel;

namespace Trading.Tools.State;

/// <summary>Which event each figure goes back to, those included that are computed from others.</summary>
internal static class FigureReasons
{
    // What the used margin depends on besides the positions, and the equity besides the profits.
    private static readonly string[] MarginTerms = ["leverage", "marginRule", "moneyDigits"];
    private static readonly string[] MarginParts = ["usedMargin", "volume", "marginRate", "symbol", "side"];

    /// <summary>Figures by path, each with the offset of the newest event that it depends on; sorted by path. What prices add
    /// stands with the prices.</summary>
    public static SortedDictionary<string, Offset> Of(PastAccount past)
    {
        var direct = past.Trail?.Places ?? throw new ArgumentException("Asked without a trail.", nameof(past));
        var all = new SortedDictionary<string, Offset>(StringComparer.Ordinal);
        foreach (var (figure, offset) in direct)
        {
            all[figure] = offset;
        }

        var positions = direct.Where(one => one.Key.StartsWith("positions.", StringComparison.Ordinal)).ToList();
        var profit = Newest(positions);
        var margin = Newest([
            .. positions.Where(one => MarginParts.Contains(one.Key[(one.Key.LastIndexOf('.') + 1)..])),
            .. direct.Where(one => positions.Count > 0 && MarginTerms.Contains(one.Key)),
        ]);
        Add("unrealizedProfit", profit);
        Add("usedMargin", margin);
        Add("equity", Max(direct.GetValueOrDefault("balance"), profit));
        Add("freeMargin", Max(direct.GetValueOrDefault("balance"), profit, margin));
        Add("marginLevel", positions.Count == 0 ? default : Max(direct.GetValueOrDefault("balance"), profit, margin));
        return all;

        void Add(string figure, Offset offset)
        {
            if (offset > Offset.Start)
            {
                all[figure] = offset;
            }
        }
    }

    private static Offset Newest(IEnumerable<KeyValuePair<string, Offset>> figures) =>
        Max([.. figures.Select(one => one.Value)]);

    private static Offset Max(params Offset[] offsets) => offsets.DefaultIfEmpty().Max();
}
