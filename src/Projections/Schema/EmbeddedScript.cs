namespace Trading.Projections.Schema;

/// <summary>The scripts inside the assembly.</summary>
internal static class EmbeddedScript
{
    /// <summary>The text of a script, by its path with dots.</summary>
    public static string Read(string name)
    {
        using var stream =
            typeof(EmbeddedScript).Assembly.GetManifestResourceStream($"Trading.Projections.{name}")
            ?? throw new InvalidOperationException($"The script {name} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
