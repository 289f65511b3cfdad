using Trading.Api.Configuration;

namespace Trading.Demo;

/// <summary>Writes <c>demo.env</c>, readable by its owner only, so that scripts can <c>source</c> it.</summary>
internal static class EnvironmentFile
{
    /// <summary>The file of a data folder.</summary>
    public static string PathOf(DemoOptions options) => options.File("demo.env");

    /// <summary>Writes the file of a running demo.</summary>
    public static void Write(RunningDemo demo)
    {
        var lines = new List<string>
        {
            $"TRADING_URL={Trimmed(demo.Url)}",
            $"TRADING_API_KEY={demo.Service.Settings.ApiKey}",
            $"TRADING_USER={DemoUser.Email}",
        };
        if (demo.Token is { } token)
        {
            lines.Add($"TRADING_TOKEN={token}");
        }

        if (demo.SandboxUrl is { } sandbox)
        {
            lines.Add($"SANDBOX_URL={Trimmed(sandbox)}");
        }

        if (demo.Account is { } account)
        {
            lines.Add($"TRADING_ACCOUNT={account}");
        }

        KeyFiles.WriteSecret(PathOf(demo.Options), string.Join('\n', lines) + "\n");
    }

    private static string Trimmed(Uri url) => url.ToString().TrimEnd('/');
}
