using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Trading.Sandbox.CTrader;
using Trading.Sandbox.Tests.Support;

namespace Trading.Sandbox.Tests.Control;

public sealed class A_start_that_fails_says_why : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("--port=99999", "--port")]
    [InlineData("--speed=-1", "--speed")]
    [InlineData("--speed=NaN", "--speed")]
    [InlineData("--walk-rate=-4", "--walk-rate")]
    [InlineData("--prices=/no/such/folder", "/no/such/folder")]
    [InlineData("--ca=/no/such/folder/ca.pem", "/no/such/folder")]
    [InlineData("--prices=FOLDER", "csv")]
    [InlineData("--port=TAKEN", "TAKEN")]
    [InlineData("--control-port=TAKEN", "TAKEN")]
    public async Task In_a_line_and_without_a_stack(string argument, string named)
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        var taken = ((IPEndPoint)other.LocalEndPoint!).Port.ToString();

        var (exit, error) = await RunAsync(Fill(argument));

        exit.Should().Be(1);
        error.Should().Contain(Fill(named)).And.NotContain("   at ");

        string Fill(string text) =>
            text.Replace("FOLDER", _folder.Path, StringComparison.Ordinal)
                .Replace("TAKEN", taken, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_price_file_may_be_named_after_its_symbol_alone()
    {
        await File.WriteAllTextAsync(_folder.File("EURUSD"), "1,1.1,1.2\n");

        await using var sandbox = await CTraderSandbox.StartAsync(
            new CTraderSandboxOptions { Prices = _folder.File("EURUSD") }
        );

        sandbox.Port.Should().BePositive();
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<(int Exit, string Error)> RunAsync(string argument)
    {
        string[] free = ["--port=0", "--control-port=0"];
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            ArgumentList = { Path.ChangeExtension(typeof(CTraderSandbox).Assembly.Location, ".dll"), "ctrader" },
        };
        foreach (
            var option in free.Where(o => !argument.StartsWith(o[..^1], StringComparison.Ordinal)).Append(argument)
        )
        {
            start.ArgumentList.Add(option);
        }

        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            _ = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = await process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, error);
        }
        finally
        {
            process.Kill();
        }
    }
}
