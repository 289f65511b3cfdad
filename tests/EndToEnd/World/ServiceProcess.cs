using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Trading.TestKit;

namespace Trading.EndToEnd.World;

/// <summary>The service as its own process, so that it can be killed.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private const int Sigterm = 15;
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private ServiceProcess(Process process, int port)
    {
        _process = process;
        Address = new($"http://127.0.0.1:{port}/");
        Http = new() { BaseAddress = Address };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public int ProcessId => _process.Id;

    /// <summary>Everything it wrote to its terminal.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts the service and waits until it says it is ready.</summary>
    public static async Task<ServiceProcess> StartAsync(IReadOnlyDictionary<string, string> variables)
    {
        var service = Launch(variables);
        try
        {
            await Eventually.Be(service.IsReadyAsync, ReadyWithin);
            return service;
        }
        catch (Xunit.Sdk.XunitException late)
        {
            var output = service.Output;
            await service.DisposeAsync();
            throw new InvalidOperationException($"{late.Message}\n{output}", late);
        }
    }

    /// <summary>Starts the service without waiting for it.</summary>
    public static ServiceProcess Launch(IReadOnlyDictionary<string, string> variables)
    {
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Trading.Api.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Directory.CreateTempSubdirectory("trading-service-").FullName,
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        start.Environment["HOST"] = "127.0.0.1";
        start.Environment["PORT"] = port.ToString();
        return new(Process.Start(start) ?? throw new InvalidOperationException("The service did not start."), port);
    }

    /// <summary>SIGKILL: nothing of the process gets to say good-bye.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: false);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Terminate(_process);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>SIGTERM.</summary>
    public static void Terminate(Process process)
    {
        if (Signal(process.Id, Sigterm) != 0)
        {
            throw new InvalidOperationException("The process is gone already.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        var folder = _process.StartInfo.WorkingDirectory;
        _process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"The service ended with {_process.ExitCode}.\n{Output}");
        }

        try
        {
            using var answer = await Http.GetAsync("health/ready");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _output.Enqueue(line);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Signal(int process, int signal);
}
