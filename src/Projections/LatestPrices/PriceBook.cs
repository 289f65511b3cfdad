using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.LatestPrices;

/// <summary>The newest quote of every symbol in memory: follows the market log from where the read model stands. Readers
/// never wait.</summary>
public sealed class PriceBook(ITickLog log, ReadModelSources sources, TimeProvider time, ILogger<PriceBook> logger)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<BrokerEnvironment, ConcurrentDictionary<SymbolName, PriceView>> _prices =
        new();
    private readonly NewestTicks _newest = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _applied;

    /// <summary>Completes once the quotes of the read model are in the book.</summary>
    public Task Ready => _ready.Task;

    /// <summary>The offset of the market log up to which the book is complete.</summary>
    public Offset Applied => new(Volatile.Read(ref _applied));

    /// <summary>The newest quote of a symbol with its times, or null when it never had one.</summary>
    public PriceView? Find(BrokerEnvironment environment, SymbolName symbol) =>
        _prices.TryGetValue(environment, out var symbols) ? symbols.GetValueOrDefault(symbol) : null;

    /// <summary>The newest quotes of an environment, as a valuation asks for them.</summary>
    public Func<SymbolName, Quote?> Quotes(BrokerEnvironment environment) => symbol => Find(environment, symbol)?.Quote;

    /// <summary>All quotes of an environment, in no order.</summary>
    public IReadOnlyCollection<PriceView> List(BrokerEnvironment environment) =>
        _prices.TryGetValue(environment, out var symbols) ? [.. symbols.Values] : [];

    /// <summary>Follows the log until cancelled; failures are retried.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var pause = TimeSpan.FromMilliseconds(100);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await foreach (var block in log.SubscribeAsync(await LoadAsync(cancellation), cancellation))
                {
                    Take(block);
                    pause = TimeSpan.FromMilliseconds(100);
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            // The book goes stale, visibly by its offset, and catches up when the log is back.
            catch (Exception exception)
            {
                Log.PriceBookFailed(logger, exception, pause);
                await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    // The checkpoint is read before the rows, so rows may be newer than it; an older tick never replaces a newer one.
    private async Task<Offset> LoadAsync(CancellationToken cancellation)
    {
        if (_ready.Task.IsCompleted)
        {
            return Applied;
        }

        await using var batch = sources.Api.CreateBatch();
        var checkpoint = new NpgsqlBatchCommand(
            "select at_offset from read.checkpoints where model = $1 and state = 'live'"
        );
        checkpoint.Parameters.Add(UserReads.Value(ReadModel.LatestPrices.Name));
        batch.BatchCommands.Add(checkpoint);
        batch.BatchCommands.Add(new($"select {PriceTable.Table.SelectList} from read.latest_prices"));
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var from = await reader.ReadAsync(cancellation) ? new Offset(reader.GetInt64(0)) : Offset.Start;
        await reader.NextResultAsync(cancellation);
        foreach (var price in await reader.RowsAsync(PriceTable.Table.Read, cancellation))
        {
            Put(price);
        }

        Volatile.Write(ref _applied, from.Value);
        _ready.TrySetResult();
        return from;
    }

    private void Take(TickBlock block)
    {
        var environment = FeedStream.EnvironmentOf(block.Stream);
        var ticks = MarketStreams.IsBackfill(block.Stream) ? [] : block.Ticks.Span;
        foreach (var index in _newest.Of(ticks))
        {
            ref readonly var tick = ref ticks[index];
            Put(
                new()
                {
                    Environment = environment,
                    Symbol = tick.Symbol,
                    Quote = new(tick.Bid, tick.Ask),
                    TimestampMs = tick.TimestampMs,
                    Stamp = new(block.First.Plus(index), block.RecordedAt, block.RecordedAt),
                }
            );
        }

        Volatile.Write(ref _applied, block.Last.Value);
    }

    private void Put(PriceView price)
    {
        var symbols = _prices.GetOrAdd(price.Environment, _ => new());
        if (!symbols.TryGetValue(price.Symbol, out var known) || known.Stamp.Offset < price.Stamp.Offset)
        {
            symbols[price.Symbol] = price;
        }
    }
}
