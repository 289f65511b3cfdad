using FluentAssertions;
using Trading.Brokers.CTrader.Mapping;
using Trading.Domain;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Session;

public class SharedDirectoriesTests
{
    private readonly SharedDirectories _shared = new();

    [Fact]
    public void Equal_directories_are_one_and_different_ones_are_kept_apart()
    {
        var first = Directory("EURUSD", 5);

        _shared.Share(first).Should().BeSameAs(first);
        _shared.Share(Directory("EURUSD", 5)).Should().BeSameAs(first);
        _shared.Share(Directory("EURUSD", 4)).Get(1).Digits.Should().Be(4);
        _shared.Share(Directory("GBPUSD", 5)).Get(1).Name.Value.Should().Be("GBPUSD");
    }

    [Fact]
    public void However_many_there_are_the_newest_is_found()
    {
        var all = Enumerable.Range(0, 100).Select(i => Directory($"S{i}", 5)).Select(_shared.Share).ToArray();

        _shared.Share(Directory("S99", 5)).Should().BeSameAs(all[^1]);
    }

    private static SymbolDirectory Directory(string name, int digits) =>
        new(
            new Dictionary<long, KnownSymbol> { [1] = new(new SymbolName(name), digits) },
            new Dictionary<long, string> { [1] = "USD" }
        );
}
