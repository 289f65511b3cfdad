namespace Trading.Sandbox.Tests.Support;

/// <summary>A fact that needs node and npm; where they are absent it says so and is skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NpmFactAttribute : FactAttribute
{
    public NpmFactAttribute()
    {
        if (Find("node") is null || Find("npm") is null)
        {
            Skip = "node and npm are not on the PATH of this machine";
        }
    }

    /// <summary>Full path of a program on the PATH.</summary>
    public static string? Find(string program)
    {
        var names = OperatingSystem.IsWindows() ? new[] { program + ".exe", program + ".cmd" } : [program];
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
    }
}
