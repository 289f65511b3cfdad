using FluentAssertions;
using Trading.EventStore.Records;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>How large the pages are that a reader is given.</summary>
public sealed class ReadingAhead
{
    private const int Most = 2_048;
    private static readonly TimeSpan ReadingAPage = TimeSpan.FromMilliseconds(2);

    private readonly FakeClock _clock = new();
    private readonly PageSize _size;

    public ReadingAhead() => _size = new(Most, aboutBytes: 8 * 1024 * 1024, _clock);

    [Fact]
    public async Task The_first_page_is_small_and_who_waits_for_pages_soon_gets_full_ones()
    {
        var pages = new List<int>();
        for (var page = 0; page < 5; page++)
        {
            pages.Add(await WaitedForAsync());
        }

        pages[0].Should().BeLessThanOrEqualTo(Most / 4);
        pages.Should().BeInAscendingOrder();
        pages[^1].Should().Be(Most);
    }

    [Fact]
    public async Task Who_folds_as_fast_as_it_can_goes_on_with_full_pages()
    {
        await HurryAsync();

        for (var page = 0; page < 20; page++)
        {
            (await LeftLyingAsync(3 * ReadingAPage)).Should().Be(Most);
        }
    }

    [Fact]
    public async Task Who_leaves_pages_lying_gets_small_ones_until_it_hurries_again()
    {
        await HurryAsync();
        for (var page = 0; page < 5; page++)
        {
            await LeftLyingAsync(10 * ReadingAPage);
        }

        (await LeftLyingAsync(10 * ReadingAPage)).Should().BeLessThanOrEqualTo(Most / 4);

        await HurryAsync();
        _size.Rows.Should().Be(Most);
    }

    private async Task HurryAsync()
    {
        for (var page = 0; page < 5; page++)
        {
            await WaitedForAsync();
        }
    }

    private async Task<int> WaitedForAsync()
    {
        var (rows, arrives, reading) = Read();
        var taking = _size.TakeAsync(reading);
        _clock.Advance(ReadingAPage);
        arrives.SetResult();
        await taking;
        return rows;
    }

    private async Task<int> LeftLyingAsync(TimeSpan lies)
    {
        var (rows, arrives, reading) = Read();
        _clock.Advance(ReadingAPage);
        arrives.SetResult();
        await reading;
        _clock.Advance(lies);
        await _size.TakeAsync(reading);
        return rows;
    }

    private (int Rows, TaskCompletionSource Arrives, Task<ReadPage<int>> Reading) Read()
    {
        var rows = _size.Rows;
        var arrives = new TaskCompletionSource();
        return (rows, arrives, _size.ReadAsync(PageAsync));

        async Task<int> PageAsync()
        {
            await arrives.Task;
            _size.Seen(rows, rows * 100L);
            return rows;
        }
    }
}
