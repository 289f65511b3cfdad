using System.Text;
using System.Text.Json;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Projections.Messages;

namespace Trading.Tools.Replay;

/// <summary>A client of <c>/ws</c>: the ticks it subscribes to, and how the session stands.</summary>
internal sealed class TickWatcher : IAudience
{
    private const int MostSymbols = 500;

    private readonly HashSet<SymbolName> _watched = [];
    private readonly List<SymbolName> _added = [];
    private readonly ReplaySocket _socket;
    private readonly Stage _stage;
    private readonly TickDialog _dialog;

    /// <param name="socket">The client.</param>
    /// <param name="stage">What it watches.</param>
    public TickWatcher(ReplaySocket socket, Stage stage)
    {
        _socket = socket;
        _stage = stage;
        _dialog = new(MostSymbols, TimeProvider.System, Watch, symbol => _watched.Remove(symbol));
    }

    /// <summary>Takes in what the client says. Only while nothing is played.</summary>
    public async Task<bool> HearAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        _added.Clear();
        await _socket.SendAsync(_dialog.Answer(message.Span, _stage.Status, out _), cancellation);
        foreach (var symbol in _added)
        {
            if (await _stage.PriceAsync(symbol, cancellation) is { } price)
            {
                await _socket.SendAsync(price, cancellation);
            }

            _stage.Begin();
        }

        return true;
    }

    /// <inheritdoc/>
    public ValueTask SeeAsync(RecordedEvent recorded, CancellationToken cancellation) => default;

    /// <inheritdoc/>
    public ValueTask SeeAsync(PastTick tick, CancellationToken cancellation) =>
        _watched.Contains(tick.Tick.Symbol) ? _socket.SendAsync(tick, cancellation) : default;

    /// <inheritdoc/>
    public ValueTask SeeAsync(TickStatus status, CancellationToken cancellation) =>
        _socket.SendAsync(_dialog.Tell(status), cancellation);

    private bool Watch(SymbolName symbol)
    {
        _added.Add(symbol);
        return _watched.Add(symbol);
    }
}

/// <summary>A client of <c>/ws/prices/{instrument}</c>: the last price at once, then the newest at most ten times a second.
/// </summary>
internal sealed class PriceWatcher(ReplaySocket socket, SymbolName symbol, TimeProvider time) : IAudience
{
    /// <summary>The shortest time between two prices.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _news = new(0, 1);
    private readonly Lock _gate = new();
    private PastTick? _newest;

    /// <summary>Sends the newest price whenever there is another, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await _news.WaitAsync(cancellation);
            PastTick? newest;
            lock (_gate)
            {
                newest = _newest;
            }

            await socket.SendAsync(newest!.Value, cancellation);
            await Task.Delay(Pace, time, cancellation);
        }
    }

    /// <inheritdoc/>
    public ValueTask SeeAsync(RecordedEvent recorded, CancellationToken cancellation) => default;

    /// <inheritdoc/>
    public ValueTask SeeAsync(PastTick tick, CancellationToken cancellation)
    {
        if (tick.Tick.Symbol == symbol)
        {
            lock (_gate)
            {
                _newest = tick;
                if (_news.CurrentCount == 0)
                {
                    _news.Release();
                }
            }
        }

        return default;
    }

    /// <inheritdoc/>
    public ValueTask SeeAsync(TickStatus status, CancellationToken cancellation) => default;
}

/// <summary>A client of <c>/ws/account</c>: a snapshot or what it missed, then every event of the user.</summary>
internal sealed class AccountWatcher(ReplaySocket socket, UserKey user) : IAudience
{
    // As far back as a live client may resume.
    private const long MostMissed = 50_000;

    /// <summary>Brings the client to where the play is. Only while nothing is played.</summary>
    public async Task<bool> GreetAsync(Stage stage, Offset? after, CancellationToken cancellation)
    {
        if (after is { } known && await stage.MissedAsync(user, known, MostMissed, cancellation) is { } missed)
        {
            var resumed = Encoding.UTF8.GetBytes($$"""{"type":"resumed","offset":{{known.Value}}}""");
            foreach (var text in missed.Prepend(resumed))
            {
                await socket.SendAsync(text, cancellation);
            }
        }
        else
        {
            var snapshot = await stage.SnapshotAsync(user, cancellation);
            await socket.SendAsync(
                JsonSerializer.SerializeToUtf8Bytes(snapshot, AnswerJson.Default.SnapshotMessage),
                cancellation
            );
        }

        stage.Join(this);
        stage.Begin();
        return true;
    }

    /// <inheritdoc/>
    public ValueTask SeeAsync(RecordedEvent recorded, CancellationToken cancellation) =>
        recorded.User == user && AccountMessage.Of(recorded) is { } text
            ? socket.SendAsync(text, cancellation)
            : default;

    /// <inheritdoc/>
    public ValueTask SeeAsync(PastTick tick, CancellationToken cancellation) => default;

    /// <inheritdoc/>
    public ValueTask SeeAsync(TickStatus status, CancellationToken cancellation) => default;
}
