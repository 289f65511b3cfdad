namespace Trading.Api.Configuration;

/// <summary>The configuration is wrong or incomplete. Lists every problem at once, each with its variable's name and never
/// with its value.</summary>
public sealed class SettingsException(IReadOnlyList<string> problems)
    : Exception(
        problems is [var only]
            ? $"The configuration is wrong: {only}"
            : $"The configuration has {problems.Count} problems:\n  - {string.Join("\n  - ", problems)}"
    )
{
    /// <summary>One sentence per problem.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
