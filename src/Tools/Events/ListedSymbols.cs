using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Tools.Events;

/// <summary>The symbols that any broker has ever listed, as the journal tells: by them a symbol is known however it is typed.
/// </summary>
internal static class ListedSymbols
{
    /// <summary>Looks through the journal.</summary>
    public static async Task<SymbolNames> ReadAsync(IEventLog journal, CancellationToken cancellation)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var batch in journal.ReadAsync(Offset.Start, cancellation))
        {
            foreach (var recorded in batch.Where(recorded => recorded.Type == SymbolsListed.Descriptor.FullName))
            {
                if (recorded.Decode() is SymbolsListed listed)
                {
                    names.UnionWith(listed.Symbols.Select(symbol => symbol.Name));
                }
            }
        }

        return SymbolNames.Of(names);
    }
}
