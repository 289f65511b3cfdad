using Trading.Sandbox.CTrader.Market;
using Trading.Sandbox.Tests.Support;

namespace Trading.Sandbox.Tests.Market;

public sealed class A_tape_is_read_exactly : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("timestamp_ms,bid,ask\n1,1.1,1.10001\n2,1284.065,1285\n")]
    [InlineData("1,1.1,1.10001\r\n2,1284.065,1285")]
    public async Task Whatever_the_header_line_ends_and_decimals(string text)
    {
        var path = _folder.File("eurusd-x.csv");
        await File.WriteAllTextAsync(path, text);

        (await ReadAsync(path)).Should().Equal(new Tick(1, 110_000, 110_001), new Tick(2, 128_406_500, 128_500_000));
    }

    [Fact]
    public async Task Compressed_and_longer_than_any_buffer()
    {
        Tapes.Write(_folder.Path, "eurusd-long.csv.gz", lines: 30_000, price: 1.3m, digits: 5, salt: 9);
        var path = _folder.File("eurusd-long.csv.gz");

        var ticks = await ReadAsync(path);

        ticks.Select(t => (t.Time, Bid: t.Bid / 100_000m, Ask: t.Ask / 100_000m)).Should().Equal(Tapes.Read(path));
    }

    [Theory]
    [InlineData("1,1.1\n")]
    [InlineData("1,1.123456,1.2\n")]
    [InlineData("1,x,1.2\n")]
    [InlineData("1,1.1,1.2,1.3\n")]
    public async Task A_wrong_line_is_named(string text)
    {
        var path = _folder.File("eurusd-x.csv");
        await File.WriteAllTextAsync(path, text);

        await FluentActions
            .Awaiting(() => ReadAsync(path))
            .Should()
            .ThrowAsync<InvalidDataException>()
            .WithMessage("Line 1 *");
    }

    [Fact]
    public async Task The_symbol_is_the_file_name_up_to_the_first_hyphen()
    {
        await File.WriteAllTextAsync(_folder.File("eurusd-2014-05-02.csv"), "");
        await File.WriteAllTextAsync(_folder.File("XAUUSD.csv.gz"), "");
        await File.WriteAllTextAsync(_folder.File("notes.txt"), "");

        TapeFiles.Find(_folder.Path).Keys.Should().BeEquivalentTo("EURUSD", "XAUUSD");
        TapeFiles.Find(_folder.File("eurusd-2014-05-02.csv")).Keys.Should().Equal("EURUSD");
        await File.WriteAllTextAsync(_folder.File("BRENT-OIL-2014.csv"), "");
        await File.WriteAllTextAsync(_folder.File("US30.cash.csv"), "");
        TapeFiles
            .Find(_folder.Path, ["EURUSD", "BRENT", "BRENT-OIL", "US30.cash"])
            .Keys.Should()
            .BeEquivalentTo("EURUSD", "XAUUSD", "BRENT-OIL", "US30.cash");
        FluentActions.Invoking(() => TapeFiles.Find(_folder.File("absent"))).Should().Throw<FileNotFoundException>();
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<List<Tick>> ReadAsync(string path)
    {
        await using var reader = new TapeReader(path);
        var all = new List<Tick>();
        var buffer = new Tick[777];
        while (await reader.ReadAsync(buffer, default) is var count and > 0)
        {
            all.AddRange(buffer[..count]);
        }

        return all;
    }
}
