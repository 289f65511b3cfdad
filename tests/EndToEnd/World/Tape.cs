using System.Globalization;
using System.IO.Compression;
using Trading.TestKit;

namespace Trading.EndToEnd.World;

/// <summary>One line of a price file.</summary>
internal sealed record Line(long TimestampMs, decimal Bid, decimal Ask);

/// <summary>A recorded market: the shared day where it is at hand, generated files otherwise.</summary>
internal sealed class Tape : IDisposable
{
    private const int GeneratedTicks = 20_000;

    private readonly DirectoryInfo? _generated;

    private Tape(string folder, DirectoryInfo? generated)
    {
        Folder = folder;
        _generated = generated;
        Symbols = Directory
            .GetFiles(folder)
            .ToDictionary(file => Path.GetFileName(file).Split('-')[0].ToUpperInvariant(), Read);
    }

    public string Folder { get; }

    public IReadOnlyDictionary<string, IReadOnlyList<Line>> Symbols { get; }

    public int Count => Symbols.Values.Sum(lines => lines.Count);

    public static Tape Load() => SharedData.Find("data", "ticks") is { } folder ? new(folder, null) : Generate();

    public void Dispose() => _generated?.Delete(recursive: true);

    private static Tape Generate()
    {
        var folder = Directory.CreateTempSubdirectory("trading-tape-");
        var random = new Random(20140502);
        foreach (
            var (name, start, digits) in new[]
            {
                ("eurusd", 1.38626m, 5),
                ("nzdusd", 0.86292m, 5),
                ("xauusd", 1284.065m, 3),
            }
        )
        {
            var step = (decimal)Math.Pow(10, -digits);
            var (time, bid) = (1_399_003_200_000L, start);
            using var file = new StreamWriter(
                new GZipStream(
                    File.Create(Path.Combine(folder.FullName, $"{name}-2014-05-02.csv.gz")),
                    CompressionLevel.Fastest
                )
            );
            file.WriteLine("timestamp_ms,bid,ask");
            for (var i = 0; i < GeneratedTicks; i++)
            {
                time += random.Next(0, 8_000);
                bid += random.Next(-5, 6) * step;
                var ask = bid + (random.Next(0, 20) * step);
                file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time},{bid},{ask}"));
            }
        }

        return new(folder.FullName, folder);
    }

    private static IReadOnlyList<Line> Read(string path)
    {
        using var file = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var lines = new List<Line>();
        while (file.ReadLine() is { } text)
        {
            if (!char.IsAsciiDigit(text[0]))
            {
                continue;
            }

            var fields = text.Split(',');
            lines.Add(
                new(
                    long.Parse(fields[0], CultureInfo.InvariantCulture),
                    decimal.Parse(fields[1], CultureInfo.InvariantCulture),
                    decimal.Parse(fields[2], CultureInfo.InvariantCulture)
                )
            );
        }

        return lines;
    }
}
