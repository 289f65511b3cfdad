using Trading.Sandbox.CTrader.Control;
using Trading.Sandbox.CTrader.Hosting;
using Trading.Sandbox.CTrader.Market;
using Trading.Sandbox.CTrader.World;

namespace Trading.Sandbox.CTrader;

/// <summary>
/// A cTrader server on loopback: the real protocol over TLS with prices, accounts, orders, OAuth, and faults on request.
/// Facts of the protocol are those of the cTrader Open API.
/// </summary>
public sealed class CTraderSandbox : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _loops = [];
    private readonly List<TapeTrack> _tapes = [];
    private readonly Listener _listener;
    private readonly WebApplication _web;
    private readonly ILogger _logger;
    private readonly Lock _loopsLock = new();
    private bool _disposed;

    private CTraderSandbox(
        SandboxWorld world,
        Authority authority,
        Listener listener,
        WebApplication web,
        SandboxControl control,
        ILogger logger
    )
    {
        CaPem = authority.CaPem;
        CaPath = world.Options.CaPath;
        _listener = listener;
        _web = web;
        _logger = logger;
        Control = control;
        ControlPort = new Uri(web.Urls.First()).Port;
    }

    /// <summary>Port of the protobuf protocol over TLS on 127.0.0.1 and localhost.</summary>
    public int Port => _listener.Port;

    /// <summary>Port of the control endpoint and the OAuth pages, HTTP.</summary>
    public int ControlPort { get; }

    /// <summary>Certificate of the private authority, PEM; a client has to trust it.</summary>
    public string CaPem { get; }

    /// <summary>Where that certificate was written, when that was asked for.</summary>
    public string? CaPath { get; }

    /// <summary>Base address of consent page and token endpoint.</summary>
    public Uri OAuthAddress => new($"http://127.0.0.1:{ControlPort}/");

    /// <summary>Everything the control endpoint can do, without HTTP.</summary>
    public SandboxControl Control { get; }

    /// <summary>Starts a sandbox; it serves when this returns.</summary>
    /// <param name="options">How it behaves and what stands in it.</param>
    /// <param name="ct">Ends the start, not the sandbox.</param>
    /// <exception cref="FileNotFoundException">There is no such price file or folder.</exception>
    /// <exception cref="InvalidDataException">A price file has a line that is not <c>timestamp_ms,bid,ask</c>, or a further symbol
    /// cannot be listed.</exception>
    public static async Task<CTraderSandbox> StartAsync(CTraderSandboxOptions options, CancellationToken ct = default)
    {
        var catalog = new Catalog(options.AlwaysOpen, options.Symbols);
        var tapes = new Dictionary<string, TapeTrack>();
        foreach (var (symbol, path) in TapeFiles.Find(options.Prices, [.. catalog.Symbols.Select(s => s.Name)]))
        {
            var tape = new TapeTrack(new TapeReader(path));
            await tape.FillAsync(ct);
            tapes[symbol] = tape;
        }

        var logger = options.Logging.CreateLogger("Trading.Sandbox.CTrader");
        foreach (var symbol in tapes.Keys.Where(name => catalog.Symbols.All(s => s.Name != name)))
        {
            Log.TapeWithoutSymbol(logger, options.Prices ?? "", symbol);
        }

        var world = new SandboxWorld(options, catalog, tapes);
        Population.Settle(world, options.Users);
        var authority = await Authority.OpenAsync(options.KeyDirectory, ct);
        if (options.CaPath is { } path2)
        {
            await File.WriteAllTextAsync(path2, authority.CaPem, ct);
        }

        var listener = new Listener(world, authority.IssueServer(), logger);
        var control = new SandboxControl(world);
        var web = ControlHost.Build(world, control);
        await web.StartAsync(ct);
        var sandbox = new CTraderSandbox(world, authority, listener, web, control, logger);
        sandbox._tapes.AddRange(tapes.Values);
        sandbox.Run(world);
        return sandbox;
    }

    /// <summary>Closes every connection and stops. Asked again, it has nothing to do.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        await _stopping.CancelAsync();
        await _listener.DisposeAsync();
        Task[] loops;
        lock (_loopsLock)
        {
            loops = [.. _loops];
        }

        await Task.WhenAll(loops);
        await _web.DisposeAsync();
        foreach (var tape in _tapes)
        {
            await tape.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private void Run(SandboxWorld world)
    {
        var options = world.Options;
        var walk = new WalkPlayer(
            [.. world.Instruments],
            world.Feed,
            world.Gate,
            options.WalkUpdatesPerSecond,
            options.Time
        );
        lock (world.Gate)
        {
            world.Play = player => Start("tape", player.RunAsync);
            world.Broker.Later = (delay, action) => Start("delayed fill", ct => LaterAsync(world, delay, action, ct));
        }

        Start("listener", _listener.RunAsync);
        Start("walks", walk.RunAsync);
        Start("housekeeping", new Housekeeping(world).RunAsync);
    }

    private static async Task LaterAsync(SandboxWorld world, TimeSpan delay, Action action, CancellationToken ct)
    {
        await Task.Delay(delay, world.Options.Time, ct);
        lock (world.Gate)
        {
            action();
        }
    }

    private void Start(string name, Func<CancellationToken, Task> loop)
    {
        lock (_loopsLock)
        {
            _loops.RemoveAll(l => l.IsCompleted);
            _loops.Add(Task.Run(() => GuardAsync(name, loop), CancellationToken.None));
        }
    }

    private async Task GuardAsync(string name, Func<CancellationToken, Task> loop)
    {
        try
        {
            await loop(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The sandbox is being stopped.
        }
        catch (Exception e)
            when (e is IOException or InvalidOperationException or ArgumentException or ArithmeticException)
        {
            Log.LoopFailed(_logger, e, name);
        }
    }
}
