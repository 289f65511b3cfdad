namespace Trading.Sandbox.CTrader.Market;

/// <summary>Moves the symbols that have no tape and somebody listening, a tenth of them at a time.</summary>
internal sealed class WalkPlayer(
    IReadOnlyList<Instrument> instruments,
    MarketFeed feed,
    Lock gate,
    double updatesPerSecond,
    TimeProvider time
)
{
    private const int Slots = 10;

    public async Task RunAsync(CancellationToken ct)
    {
        if (updatesPerSecond <= 0)
        {
            return;
        }

        var slots = instruments
            .Where(i => i.Tape is null)
            .GroupBy(i => i.Symbol.Spec.Id % Slots)
            .ToDictionary(g => g.Key, g => g.ToArray());
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / updatesPerSecond / Slots), time);
        for (var slot = 0L; await timer.WaitForNextTickAsync(ct); slot = (slot + 1) % Slots)
        {
            if (slots.TryGetValue(slot, out var moving))
            {
                lock (gate)
                {
                    Move(moving);
                }
            }
        }
    }

    private void Move(Instrument[] moving)
    {
        foreach (var instrument in moving)
        {
            if (instrument.Listeners.Count > 0 && !instrument.Frozen)
            {
                var symbol = instrument.Symbol;
                var now = time.GetUtcNow().ToUnixTimeMilliseconds();
                feed.Apply(instrument, instrument.Walk.Next(symbol.Bid, symbol.Ask, now));
            }
        }
    }
}
