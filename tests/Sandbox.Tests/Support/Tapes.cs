using System.IO.Compression;
using System.Text;
using Trading.TestKit;

namespace Trading.Sandbox.Tests.Support;

/// <summary>The recorded market where it is at hand, generated tapes otherwise; read here independently of the sandbox.</summary>
internal static class Tapes
{
    public static IReadOnlyList<(long Time, decimal Bid, decimal Ask)> Read(string path)
    {
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(
            path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file
        );
        return
        [
            .. reader
                .ReadToEnd()
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => char.IsAsciiDigit(line[0]))
                .Select(line => line.Split(','))
                .Select(p => (long.Parse(p[0]), decimal.Parse(p[1]), decimal.Parse(p[2]))),
        ];
    }

    public static string RecordedOrGenerated(string temporary)
    {
        if (SharedData.Find("data", "ticks") is { } recorded)
        {
            return recorded;
        }

        Write(temporary, "eurusd-generated.csv.gz", 60_000, 1.09m, 5, salt: 1);
        Write(temporary, "nzdusd-generated.csv.gz", 40_000, 0.61m, 5, salt: 2);
        Write(temporary, "xauusd-generated.csv", 80_000, 1_284m, 3, salt: 3);
        return temporary;
    }

    /// <summary>A tape with everything that happens in recorded ones: one-sided changes, repeats, equal times.</summary>
    public static void Write(string folder, string name, int lines, decimal price, int digits, int salt)
    {
        var random = Seeded.Random(salt);
        var point = 1m;
        for (var i = 0; i < digits; i++)
        {
            point /= 10m;
        }

        var text = new StringBuilder("timestamp_ms,bid,ask\n");
        var (time, bid, ask) = (1_399_003_200_000L + salt, price, price + point);
        for (var i = 0; i < lines; i++)
        {
            text.Append(time).Append(',').Append(bid).Append(',').Append(ask).Append('\n');
            time += random.Next(0, 500);
            bid += point * random.Next(-1, 2);
            ask = bid + point * random.Next(1, 4);
        }

        using Stream file = File.Create(Path.Combine(folder, name));
        using var writer = new StreamWriter(
            name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file
        );
        writer.Write(text);
    }
}
