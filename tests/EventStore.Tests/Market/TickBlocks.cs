using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Trading.Domain;
using Trading.Domain.Market;
using Trading.EventStore.Market;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Market;

public sealed class TickBlocks
{
    private readonly TickBlockCodec _codec = new();

    [Fact]
    public void Any_ticks_come_back_exactly() =>
        Prop.ForAll(
                Seeded.From(AnyTicks).ToArbitrary(),
                ticks => _codec.Decode(TickBlockCodec.Encode(ticks)).AsSpan().SequenceEqual(ticks)
            )
            .Check(Seeded.Config(500));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1_000)]
    public void Any_number_of_symbols_is_told_apart(int symbols)
    {
        var ticks = Some.Ticks(Seeded.Random(symbols), 5_000, symbols);
        _codec.Decode(TickBlockCodec.Encode(ticks)).Should().Equal(ticks);
    }

    [Fact]
    public void The_most_ticks_each_of_a_symbol_of_its_own_still_fit()
    {
        var ticks = Enumerable
            .Range(0, TickBlockCodec.MaxTicks)
            .Select(i => new Tick(new($"S{i}"), new(i), new(-i), i))
            .ToArray();
        _codec.Decode(TickBlockCodec.Encode(ticks)).Should().Equal(ticks);
    }

    [Fact]
    public void Symbol_names_are_shared_between_blocks()
    {
        var ticks = Some.Ticks(Seeded.Random(1), 10, 1);
        var one = _codec.Decode(TickBlockCodec.Encode(ticks));
        var two = _codec.Decode(TickBlockCodec.Encode(ticks));
        one[0].Symbol.Value.Should().BeSameAs(two[9].Symbol.Value);
    }

    [Fact]
    public void Damaged_bytes_are_refused_or_read_as_other_ticks_but_never_break_the_reader() =>
        Prop.ForAll(
                Seeded
                    .From(random =>
                    {
                        var block = TickBlockCodec.Encode(AnyTicks(random));
                        block[random.Next(block.Length)] ^= (byte)random.Next(1, 256);
                        return random.Next(2) == 0 ? block : block[..random.Next(block.Length)];
                    })
                    .ToArbitrary(),
                block =>
                {
                    try
                    {
                        _codec.Decode(block);
                    }
                    catch (InvalidDataException)
                    {
                        // What a reader is told of a damaged block
                    }
                }
            )
            .Check(Seeded.Config(2_000));

    [Fact]
    public void Real_ticks_take_few_bytes()
    {
        var ticks = RecordedTicks() ?? Some.Ticks(Seeded.Random(2), 50_000);
        var bytes = ticks.Chunk(1_000).Sum(chunk => TickBlockCodec.Encode(chunk).Length);
        ((decimal)bytes / ticks.Length).Should().BeLessThan(6m, "a tick is 32 bytes in memory");
    }

    // One recorded day of one symbol, where it is there.
    private static Tick[]? RecordedTicks()
    {
        if (
            SharedData.Find("data", "ticks") is not { } folder
            || Directory.EnumerateFiles(folder, "*.csv*", SearchOption.AllDirectories).FirstOrDefault() is not { } path
        )
        {
            return null;
        }

        using var file = File.OpenRead(path);
        using Stream plain = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionMode.Decompress)
            : file;
        using var reader = new StreamReader(plain);
        var symbol = new SymbolName(Path.GetFileName(path).Split('-')[0]);
        var ticks = new List<Tick>();
        while (reader.ReadLine() is { } line)
        {
            var parts = line.Split(',');
            if (long.TryParse(parts[0], out var time))
            {
                ticks.Add(new(symbol, Price.From(decimal.Parse(parts[1])), Price.From(decimal.Parse(parts[2])), time));
            }
        }

        return [.. ticks];
    }

    private static Tick[] AnyTicks(Random random)
    {
        var symbols = Enumerable.Range(0, random.Next(1, 9)).Select(i => new SymbolName($"Sÿm{i}")).ToArray();
        return
        [
            .. Enumerable
                .Range(0, random.Next(1, 200))
                .Select(_ => new Tick(
                    symbols[random.Next(symbols.Length)],
                    new(AnyNumber(random)),
                    new(AnyNumber(random)),
                    AnyNumber(random)
                )),
        ];
    }

    private static long AnyNumber(Random random) =>
        random.Next(8) switch
        {
            0 => long.MinValue,
            1 => long.MaxValue,
            2 => 0,
            3 => random.NextInt64(long.MinValue, long.MaxValue),
            4 => random.Next(-5, 6),
            5 => random.NextInt64(1, 10_000_000) * 1_000,
            _ => random.NextInt64(1, 1_000) * 100_000_000,
        };
}
