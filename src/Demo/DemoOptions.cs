namespace Trading.Demo;

/// <summary>What the demo can be told.</summary>
/// <param name="Port">Of HTTP and WebSocket; 0 for a free one.</param>
/// <param name="DataFolder">Keeps everything, as a full path.</param>
/// <param name="Prices">A price file or folder for the sandbox; null for random walks.</param>
/// <param name="Speed">Of recorded prices.</param>
public sealed record DemoOptions(int Port, string DataFolder, string? Prices, double Speed)
{
    /// <summary>A file in the data folder.</summary>
    public string File(string name) => Path.Combine(DataFolder, name);
}
