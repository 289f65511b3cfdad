namespace Trading.Projections.Sessions;

/// <summary>Why a session is not connected, in one sentence for people: the broker's own words and its own code.</summary>
public static class SessionReason
{
    /// <summary>The words with the code behind them; whichever there is of the two; null when there is neither.</summary>
    public static string? Of(string reason, string code) =>
        (reason.Length, code.Length) switch
        {
            (0, 0) => null,
            (0, _) => code,
            (_, 0) => reason,
            _ => reason.Contains(code, StringComparison.Ordinal) ? reason : $"{reason} ({code})",
        };
}
