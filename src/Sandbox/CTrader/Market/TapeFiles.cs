namespace Trading.Sandbox.CTrader.Market;

/// <summary>Finds recorded tapes: the symbol is the file name up to the first hyphen, in capitals.</summary>
internal static class TapeFiles
{
    public static IReadOnlyDictionary<string, string> Find(string? fileOrDirectory)
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

            var name = Path.GetFileName(file);
            var symbol = name.Split('-', '.')[0].ToUpperInvariant();
            if (!tapes.TryAdd(symbol, file))
            {
                throw new InvalidDataException($"Two price files for {symbol}: {tapes[symbol]} and {file}.");
            }
        }

        return tapes;
    }

    private static bool IsTape(string path) =>
        path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)
        || path.EndsWith(".csv.gz", StringComparison.OrdinalIgnoreCase);
}
