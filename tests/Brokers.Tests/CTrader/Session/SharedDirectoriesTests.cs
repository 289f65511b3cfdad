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
        var first = Directory("EURUSD");

        _shared.Share(first).Should().BeSameAs(first);
        _shared.Share(Directory("EURUSD")).Should().BeSameAs(first);
        _shared.Share(Directory("EURUSD", "EUR")).Asset(1).Should().Be("EUR");
        _shared.Share(Directory("GBPUSD")).Get(1).Value.Should().Be("GBPUSD");
    }

    [Fact]
    public void However_many_there_are_the_newest_is_found()
    {
        var all = Enumerable.Range(0, 100).Select(i => Directory($"S{i}")).Select(_shared.Share).ToArray();

        _shared.Share(Directory("S99")).Should().BeSameAs(all[^1]);
    }

    private static SymbolDirectory Directory(string name, string asset = "USD") =>
        new(new Dictionary<long, SymbolName> { [1] = new(name) }, new Dictionary<long, string> { [1] = asset });
}
