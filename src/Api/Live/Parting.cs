using System.Net.WebSockets;

namespace Trading.Api.Live;

/// <summary>Awaits what ends with a connection.</summary>
internal static class Parting
{
    /// <summary>Awaits a task that a departing client or a stopping service may have cut short; any other failure is a bug
    /// and goes on.</summary>
    public static async Task AsMayBe(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception cut) when (cut is OperationCanceledException or IOException or WebSocketException)
        {
            // The client is gone or the service is stopping: what was still to be sent has no receiver.
        }
    }
}
