using System.ComponentModel;
using System.Diagnostics;

namespace Trading.EmbeddedPostgres.Processes;

/// <summary>How a program ended.</summary>
internal sealed record CommandOutcome(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>Everything it said, for messages.</summary>
    public string Said => $"{Output}\n{Error}".Trim();
}

/// <summary>Runs one program to its end.</summary>
internal static class Command
{
    /// <summary>The exit code a shell gives for a program that is not there.</summary>
    public const int NotFound = 127;

    // A daemon started by the program may hold its output open for ever; the program's own words are there long before.
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(2);

    /// <summary>Runs a program. One that cannot be executed is an outcome, not an exception.</summary>
    public static async Task<CommandOutcome> RunAsync(
        string program,
        IEnumerable<string> arguments,
        CancellationToken cancellation
    )
    {
        using var process = new Process { StartInfo = Describe(program, arguments) };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new CommandOutcome(NotFound, "", e.Message);
        }

        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        return new CommandOutcome(process.ExitCode, await WithinGraceAsync(output), await WithinGraceAsync(error));
    }

    /// <summary>
    /// Describes a program with redirected streams. It runs in a folder every user can enter: PostgreSQL's programs
    /// refuse to work in one that theirs cannot, such as a checkout below <c>/root</c>.
    /// </summary>
    public static ProcessStartInfo Describe(string program, IEnumerable<string> arguments) =>
        new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = OperatingSystem.IsWindows() ? Environment.SystemDirectory : "/",
        };

    private static async Task<string> WithinGraceAsync(Task<string> reading)
    {
        try
        {
            return await reading.WaitAsync(OutputGrace);
        }
        catch (TimeoutException)
        {
            return "";
        }
    }
}
