using System.Diagnostics;
using FluentAssertions;
using Trading.TestKit;
using Xunit;

namespace Trading.EndToEnd;

/// <summary>What stands before the first task: a copy of the script, and an SDK that only says what it was asked.</summary>
public sealed class The_build_script : IDisposable
{
    private const string Sdk = """
        #!/bin/sh
        [ "$1" = --list-sdks ] && echo "10.0.100 [/sdk]"
        [ "$1" = tool ] && ls "$DOTNET_CLI_HOME/.dotnet/toolResolverCache/1" > "$DOTNET_CLI_HOME/at-restore"
        [ "$1" = cake ] && echo "ran $*"
        exit 0
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-build-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Forgets_where_a_tool_lay_before_its_folder_was_moved_and_nothing_else()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var remembered = Directory.CreateDirectory(Path.Combine(_folder, ".dotnet/toolResolverCache/1")).FullName;
        var there = Path.Combine(_folder, "Tool.dll");
        await File.WriteAllTextAsync(there, "");
        await File.WriteAllTextAsync(Path.Combine(remembered, "cake.tool"), Entry("/packages/moved/Cake.dll"));
        await File.WriteAllTextAsync(Path.Combine(remembered, "csharpier"), Entry(there));

        var output = await RunAsync();

        output.Should().Contain("ran cake build.cake --target=Build");
        (await File.ReadAllTextAsync(Path.Combine(_folder, "at-restore"))).Trim().Should().Be("csharpier");
    }

    private static string Entry(string file) =>
        $$"""[{"Version":"7.0.0","Name":"a-tool","Runner":"dotnet","PathToExecutable":"{{file}}"}]""";

    private async Task<string> RunAsync()
    {
        var script = Path.Combine(_folder, "build.sh");
        File.Copy(Path.Combine(SharedData.Repository, "build.sh"), script);
        var sdk = Path.Combine(_folder, "dotnet");
        await File.WriteAllTextAsync(sdk, Sdk.ReplaceLineEndings("\n"));
        File.SetUnixFileMode(sdk, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo("bash", [script, "--target=Build"]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["DOTNET_CLI_HOME"] = _folder;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}
