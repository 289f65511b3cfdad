using Trading.Sandbox.CTrader.Control;

namespace Trading.EndToEnd.World;

/// <summary>A busy market at the broker, whether anybody listens or not: every quote differs from every other of its symbol
/// and has a millisecond of its own.</summary>
internal sealed class Quoting : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);
    private readonly Task _running;
    private volatile bool _ended;

    public Quoting(SandboxControl broker, params string[] symbols) =>
        _running = Task.Run(() => RunAsync(broker, symbols));

    private async Task RunAsync(SandboxControl broker, string[] symbols)
    {
        var quotes = broker.Quotes().Where(quote => symbols.Contains(quote.Symbol)).ToArray();
        for (var n = 1; !_ended; n++)
        {
            for (var i = 0; i < quotes.Length; i++)
            {
                var quote = quotes[i];
                // Sometimes one side moves, sometimes both.
                quotes[i] = quote with
                {
                    Bid = quote.Bid + (n % 3 == 0 ? 0 : 0.00001m),
                    Ask = quote.Ask + (n % 3 == 1 ? 0 : 0.00001m),
                };
                broker.SetPrice(quote.Symbol, quotes[i].Bid, quotes[i].Ask);
            }

            await Task.Delay(Pause);
        }
    }

    /// <summary>The market closes.</summary>
    public Task StopAsync()
    {
        _ended = true;
        return _running;
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
