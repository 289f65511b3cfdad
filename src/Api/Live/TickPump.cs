using System.Buffers;

namespace Trading.Api.Live;

/// <summary>Writes what a reader has due to its client, until cancelled or the client is gone. While a write is under way
/// ticks gather in the ring, so a busy or slow client gets fewer and larger writes by itself.</summary>
internal static class TickPump
{
    // Large enough for over a hundred ticks a write, small enough that a thousand stuck clients stay cheap.
    private const int BufferSize = 16 * 1024;

    /// <summary>Runs the pump.</summary>
    /// <param name="reader">What is due.</param>
    /// <param name="socket">Where it goes.</param>
    /// <param name="pace">The least time between two writes; null for none.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="cancellation">Ends the pump.</param>
    public static async Task RunAsync(
        TickReader reader,
        ClientSocket socket,
        TimeSpan? pace,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        await using var registration = cancellation.Register(reader.Signal.Set);
        while (!cancellation.IsCancellationRequested)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            int length;
            try
            {
                while ((length = reader.Fill(buffer)) > 0)
                {
                    await socket.SendAsync(buffer.AsMemory(0, length), cancellation);
                    if (pace is { } wait)
                    {
                        await Task.Delay(wait, time, cancellation);
                    }
                }
            }
            finally
            {
                // An idle client holds no buffer.
                ArrayPool<byte>.Shared.Return(buffer);
            }

            await reader.Signal.WaitAsync();
        }
    }
}
