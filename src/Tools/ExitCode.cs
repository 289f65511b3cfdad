namespace Trading.Tools;

/// <summary>What the process answers to whoever started it.</summary>
internal static class ExitCode
{
    /// <summary>Done, and nothing is wrong.</summary>
    public const int Clean = 0;

    /// <summary>Done, and something is wrong with the data.</summary>
    public const int Found = 1;

    /// <summary>Not done: the question was wrong or the database is not there.</summary>
    public const int CouldNot = 2;

    /// <summary>Not done: a settings file cannot be read or understood, as the service ends for it too (sysexits' EX_CONFIG).
    /// </summary>
    public const int Misconfigured = 78;

    /// <summary>Ended by Ctrl-C, as shells count it: not done, and nothing half done is left.</summary>
    public const int Interrupted = 130;
}
