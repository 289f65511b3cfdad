using Trading.Domain.Logs;
using Trading.TestKit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>Ends the server processes of the logs' writers at random moments, until it is disposed of. Whatever the machine's
/// mood, something gets through: after every few blows the log must have grown.</summary>
internal sealed class WriterKiller : IAsyncDisposable
{
    private const int BlowsInARow = 3;

    private readonly CancellationTokenSource _finished = new();
    private readonly Task<int> _killing;

    public WriterKiller(PostgresDatabase database, Func<ValueTask<Offset>> head, Random random) =>
        _killing = Task.Run(async () =>
        {
            var killed = 0;
            for (var blow = 1; !_finished.IsCancellationRequested; blow++)
            {
                killed += await RawAppend.EndWritersAsync(database);
                await Task.Delay(random.Next(5, 60));
                if (blow % BlowsInARow == 0)
                {
                    var reached = await head();
                    await Eventually.Be(
                        async () => _finished.IsCancellationRequested || await head() > reached,
                        TimeSpan.FromSeconds(60)
                    );
                }
            }

            return killed;
        });

    /// <summary>Stops, and says how many processes it ended.</summary>
    public async Task<int> StopAsync()
    {
        await _finished.CancelAsync();
        return await _killing;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _finished.Dispose();
    }
}
