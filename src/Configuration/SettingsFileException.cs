namespace Trading.Configuration;

/// <summary>A settings file that cannot be used. The message is one line that names the file and, where it is about one, the
/// line; never its content.</summary>
public sealed class SettingsFileException(string message) : Exception(message);
