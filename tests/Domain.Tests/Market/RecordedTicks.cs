using System.Globalization;
using System.IO.Compression;
using Trading.Domain.Market;
using Trading.TestKit;

namespace Trading.Domain.Tests.Market;

/// <summary>A recorded day where there is one, a generated one elsewhere.</summary>
public static class RecordedTicks
{
    public static IReadOnlyList<Tick> Day()
    {
        if (SharedData.Find("ticks") is not { } folder)
        {
            return Generated(new Random(7), 60_000);
        }

        return Directory
            .EnumerateFiles(folder, "*.csv.gz")
            .Order(StringComparer.Ordinal)
            .SelectMany(Read)
            .OrderBy(tick => tick.TimestampMs)
            .ToArray();
    }

    /// <summary>Random walks of a few symbols over some days, with gaps, jumps back in time and equal times.</summary>
    public static Tick[] Generated(Random random, int count)
    {
        SymbolName[] symbols = [new("EURUSD"), new("USDJPY"), new("XAUUSD"), new("BTCUSD")];
        var bids = symbols.Select((_, index) => 100_000_000L * (index + 1)).ToArray();
        var now = 1_399_003_200_000 + random.Next(86_400_000);
        var ticks = new Tick[count];
        for (var index = 0; index < count; index++)
        {
            now += random.Next(20) == 0 ? random.Next(-90_000, 900_000) : random.Next(0, 3_000);
            var at = random.Next(symbols.Length);
            bids[at] = Math.Max(1_000, bids[at] + random.Next(-50, 51) * 1_000);
            ticks[index] = new(symbols[at], new(bids[at]), new(bids[at] + random.Next(0, 30) * 1_000), now);
        }

        return ticks;
    }

    private static IEnumerable<Tick> Read(string file)
    {
        var symbol = new SymbolName(Path.GetFileName(file).Split('-')[0].ToUpperInvariant());
        using var text = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        text.ReadLine();
        while (text.ReadLine() is { } line)
        {
            var parts = line.Split(',');
            yield return new(
                symbol,
                Price(parts[1]),
                Price(parts[2]),
                long.Parse(parts[0], CultureInfo.InvariantCulture)
            );
        }
    }

    private static Price Price(string text) => Domain.Price.From(decimal.Parse(text, CultureInfo.InvariantCulture));
}
