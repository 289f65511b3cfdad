namespace Trading.Tools.Connect;

/// <summary>The master key, for whoever may see what is sealed in events: the broker's own messages, labels, notes. Without it
/// those fields stay sealed, and everything else is shown.</summary>
internal static class MasterKeyText
{
    /// <summary>The environment variable, the same as the service's.</summary>
    public const string Variable = "TRADING_MASTER_KEY";

    private const int KeyBytes = 32;

    /// <summary>The key of the environment, or nothing.</summary>
    /// <exception cref="ToolException">The variable does not hold a key.</exception>
    public static ReadOnlyMemory<byte> Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } text)
        {
            return default;
        }

        var key = new byte[KeyBytes + 1];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == KeyBytes
            ? key.AsMemory(0, KeyBytes)
            : throw new ToolException($"{Variable} must be {KeyBytes} bytes in base64.");
    }
}
