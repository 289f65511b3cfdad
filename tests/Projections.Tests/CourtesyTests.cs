using FluentAssertions;
using Trading.Projections.Rebuilding;
using Trading.Projections.Running;
using Trading.Projections.Tests.Kit;
using Trading.TestKit;
using Xunit;

namespace Trading.Projections.Tests;

/// <summary>How a rebuild goes beside live traffic. Nothing else runs: tables and log stand as each test puts them.</summary>
public sealed class CourtesyTests : IAsyncLifetime
{
    private const int Events = 4_000;
    private static readonly TimeSpan Worked = TimeSpan.FromMilliseconds(100);

    private readonly FakeClock _clock = new();
    private readonly ProjectionMetrics _metrics = new(() => []);
    private ReadSide _side = null!;
    private Courtesy _courtesy = null!;

    public async Task InitializeAsync()
    {
        _side = await ReadSide.PrepareAsync();
        await _side.Journal.AppendAsync(Some.Alice, [.. Some.Connected(Some.Alice, 1m)]);
        _courtesy = new(_side.Ground(time: _clock), _metrics);
    }

    public async Task DisposeAsync()
    {
        _metrics.Dispose();
        await _side.DisposeAsync();
    }

    [Fact]
    public async Task Where_nothing_moves_it_takes_full_steps_without_a_rest()
    {
        await LiveTablesAsync("at_offset = 1000, moved_at = now() - interval '1 hour'");

        (await _courtesy.MostAsync(Events, default)).Should().Be(Events);
        (await RestAsync()).Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public async Task Beside_live_tables_that_keep_up_it_takes_small_steps_from_the_first_on_and_rests_longer_than_it_works()
    {
        await LiveTablesAsync("at_offset = 1000, moved_at = now() + interval '1 hour'");

        (await _courtesy.MostAsync(Events, default)).Should().BeInRange(1, Events / 4);
        (await RestAsync()).Should().BeGreaterThan(2 * Worked).And.BeLessThan(5 * Worked);
    }

    [Fact]
    public async Task While_a_live_table_is_behind_it_waits_longer_but_not_for_ever()
    {
        await LiveTablesAsync("at_offset = 0, moved_at = now() + interval '1 hour'");
        await _courtesy.MostAsync(Events, default);
        _clock.Advance(TimeSpan.FromMinutes(1));

        (await RestAsync()).Should().BeGreaterThan(5 * Worked).And.BeLessThan(15 * Worked);
    }

    private async Task LiveTablesAsync(string state)
    {
        await using var command = _side.Owner.CreateCommand(
            $"update read.checkpoints set {state} where state = 'live'"
        );
        (await command.ExecuteNonQueryAsync()).Should().BePositive();
    }

    // How long it rests after a step, by the clock that only this moves.
    private async Task<TimeSpan> RestAsync()
    {
        var began = _clock.GetUtcNow();
        var resting = _courtesy.RestAsync(Worked, default);
        while (!resting.IsCompleted)
        {
            await Eventually.Be(() => resting.IsCompleted || _clock.PendingTimers > 0);
            if (!resting.IsCompleted)
            {
                _clock.Advance(TimeSpan.FromMilliseconds(10));
            }
        }

        await resting;
        return _clock.GetUtcNow() - began;
    }
}
