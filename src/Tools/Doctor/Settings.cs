using System.Collections;
using Trading.Configuration;

namespace Trading.Tools.Doctor;

/// <summary>The variables that the service is started with: the environment, and a file <c>.env</c> behind it. Read as the
/// service reads them, but tolerant: what is wrong is to be told, not to end the examination.</summary>
internal sealed class Settings
{
    private readonly Dictionary<string, string> _values;

    private Settings(Dictionary<string, string> values, string file, string? problem)
    {
        _values = values;
        File = file;
        Problem = problem;
    }

    /// <summary>The file behind the environment, whether or not it exists.</summary>
    public string File { get; }

    /// <summary>What is wrong with the file, in a sentence that names it; null when nothing is.</summary>
    public string? Problem { get; }

    /// <summary>Of these variables alone.</summary>
    public static Settings Of(IReadOnlyDictionary<string, string> values, string file = ".env") =>
        new(new(values, StringComparer.Ordinal), file, null);

    /// <summary>Of this process and the file. The environment wins.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="environment">Of this process.</param>
    /// <param name="mustExist">Whether somebody named it, so that it is a mistake when there is none.</param>
    public static Settings Read(string file, IDictionary environment, bool mustExist = false)
    {
        IReadOnlyDictionary<string, string>? written = null;
        string? problem = null;
        try
        {
            written = ConfigurationFile.Variables(file);
            problem = written is null && mustExist ? $"{file} does not exist." : null;
        }
        catch (SettingsFileException unusable)
        {
            problem = unusable.Message;
        }

        return new(EnvironmentVariables.Over(written, environment), file, problem);
    }

    /// <summary>A variable's value; null when it is absent or blank.</summary>
    public string? this[string name] =>
        _values.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    /// <summary>A port from 1 on; null when the variable is absent or none.</summary>
    public int? Port(string name) => int.TryParse(this[name], out var port) && port is > 0 and <= 65_535 ? port : null;
}
