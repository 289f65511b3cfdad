namespace Trading.Sandbox.CTrader.Market;

/// <summary>Finds recorded tapes. The symbol is the listed name that the file's name begins with, up to a hyphen; of a file that
/// begins with none, what stands before the first hyphen, in capitals.</summary>
internal static class TapeFiles
{
    public static IReadOnlyDictionary<string, string> Find(
        string? fileOrDirectory,
        IReadOnlyList<string>? listed = null
    )
    {
        if (fileOrDirectory is null)
        {
            return new Dictionary<string, string>();
        }

        string[] files = Directory.Exists(fileOrDirectory)
            ? [.. Directory.GetFiles(fileOrDirectory).Where(IsTape).Order(StringComparer.Ordinal)]
            : [fileOrDirectory];
        if (files.Length == 0)
        {
            throw new FileNotFoundException($"There is no price file (*.csv, *.csv.gz) in {fileOrDirectory}.");
        }

        var tapes = new Dictionary<string, string>();
        foreach (var file in files)
        {
            if (!File.Exists(file))
            {
                throw new FileNotFoundException($"There is no price file or folder {file}.", file);
            }

            var symbol = SymbolOf(Path.GetFileName(file), listed ?? []);
            if (!tapes.TryAdd(symbol, file))
            {
                throw new InvalidDataException($"Two price files for {symbol}: {tapes[symbol]} and {file}.");
            }
        }

        return tapes;
    }

    private static string SymbolOf(string name, IReadOnlyList<string> listed)
    {
        var stem = name[..^(name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? ".csv.gz" : ".csv").Length];
        return listed
                .Where(symbol => stem == symbol || stem.StartsWith(symbol + "-", StringComparison.Ordinal))
                .MaxBy(symbol => symbol.Length)
            ?? name.Split('-', '.')[0].ToUpperInvariant();
    }

    private static bool IsTape(string path) =>
        path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)
        || path.EndsWith(".csv.gz", StringComparison.OrdinalIgnoreCase);
}
