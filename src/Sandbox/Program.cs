using System.CommandLine;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Trading.Sandbox.CTrader;
using Trading.Sandbox.CTrader.Control;

var port = new Option<int>("--port")
{
    Description = "Port of the protobuf protocol; 0 for a free one",
    DefaultValueFactory = _ => 5035,
};
var controlPort = new Option<int>("--control-port")
{
    Description = "Port of control endpoint and OAuth pages; 0 for a free one",
    DefaultValueFactory = _ => 5080,
};
var prices = new Option<string?>("--prices") { Description = "Price file, or folder of price files" };
var speed = new Option<double>("--speed")
{
    Description = "Speed of recorded prices; 0: as fast as the clients take them",
    DefaultValueFactory = _ => 1,
};
var seed = new Option<int>("--seed") { Description = "Seed of everything random", DefaultValueFactory = _ => 1 };
var ca = new Option<string?>("--ca") { Description = "Where to write the certificate that clients have to trust" };
var keys = new Option<string?>("--key-dir") { Description = "Folder that keeps the private authority between runs" };
var alwaysOpen = new Option<bool>("--always-open") { Description = "Publish round-the-clock trading hours" };
var walkRate = new Option<double>("--walk-rate")
{
    Description = "Quotes a second of a symbol without a price file",
    DefaultValueFactory = _ => 4,
};

foreach (var option in new[] { port, controlPort })
{
    option.Validators.Add(given =>
    {
        if (given.Tokens.Count > 0 && given.GetValueOrDefault<int>() is < 0 or > 65_535)
        {
            given.AddError($"{option.Name} has to be a port, or 0 for a free one.");
        }
    });
}

foreach (var option in new[] { speed, walkRate })
{
    option.Validators.Add(given =>
    {
        if (given.Tokens.Count > 0 && !(given.GetValueOrDefault<double>() is >= 0 and < double.PositiveInfinity))
        {
            given.AddError($"{option.Name} has to be a number, zero or more.");
        }
    });
}

var symbols = new Option<string[]>("--symbol")
{
    Description = "A further symbol, NAME or NAME=LIKE; may be given several times",
    HelpName = "NAME=LIKE",
};

var ctrader = new Command("ctrader", "A cTrader server on loopback")
{
    port,
    controlPort,
    prices,
    speed,
    seed,
    ca,
    keys,
    alwaysOpen,
    walkRate,
    symbols,
};
ctrader.SetAction(
    async (parsed, ct) =>
    {
        using var logging = LoggerFactory.Create(b =>
            b.AddSimpleConsole(o => o.SingleLine = true).AddFilter(l => l >= LogLevel.Warning)
        );
        var options = new CTraderSandboxOptions
        {
            Port = parsed.GetValue(port),
            ControlPort = parsed.GetValue(controlPort),
            Prices = parsed.GetValue(prices),
            Speed = parsed.GetValue(speed),
            Seed = parsed.GetValue(seed),
            CaPath = parsed.GetValue(ca),
            KeyDirectory = parsed.GetValue(keys),
            AlwaysOpen = parsed.GetValue(alwaysOpen),
            WalkUpdatesPerSecond = parsed.GetValue(walkRate),
            Symbols = [.. (parsed.GetValue(symbols) ?? []).Select(Further)],
            Logging = logging,
        };
        try
        {
            await ServeUntilStopped(options, ct);
            return 0;
        }
        catch (Exception e)
            when (e is IOException or InvalidDataException or UnauthorizedAccessException or CryptographicException)
        {
            await Console.Error.WriteLineAsync($"The sandbox can not start: {e.Message}");
            return 1;
        }
    }
);

return await new RootCommand("The outside world on loopback") { ctrader }
    .Parse(args)
    .InvokeAsync();

static SandboxSymbol Further(string text) =>
    text.LastIndexOf('=') is > 0 and var at ? new(text[..at], text[(at + 1)..]) : new(text);

static async Task ServeUntilStopped(CTraderSandboxOptions options, CancellationToken ct)
{
    var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    await using var cancelled = ct.Register(() => stopped.TrySetResult());
    await using var sandbox = await CTraderSandbox.StartAsync(options, ct);
    var started = new Started(sandbox.Port, sandbox.ControlPort, sandbox.CaPath);
    Console.WriteLine(JsonSerializer.Serialize(started, ControlJson.Default.Started));
    await stopped.Task;

    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stopped.TrySetResult();
    }
}
