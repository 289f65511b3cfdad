using System.Collections;

namespace Trading.Configuration;

/// <summary>The variables that a process is told its settings with.</summary>
public static class EnvironmentVariables
{
    /// <summary>The file that stands behind the environment, in the working folder.</summary>
    public const string DefaultFile = ".env";

    /// <summary>The environment of this process, completed by a file. The environment wins.</summary>
    /// <exception cref="SettingsFileException">The file cannot be read or understood.</exception>
    public static Dictionary<string, string> Read(string file = DefaultFile) =>
        Over(ConfigurationFile.Variables(file), Environment.GetEnvironmentVariables());

    /// <summary>An environment over the variables of a file.</summary>
    public static Dictionary<string, string> Over(IReadOnlyDictionary<string, string>? file, IDictionary environment)
    {
        var variables = new Dictionary<string, string>(
            file ?? new Dictionary<string, string>(),
            StringComparer.Ordinal
        );
        foreach (DictionaryEntry variable in environment)
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return variables;
    }
}
