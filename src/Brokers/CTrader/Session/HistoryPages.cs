using Google.Protobuf;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.CTrader.Wire;
using Trading.Domain.Ports;

namespace Trading.Brokers.CTrader.Session;

/// <summary>
/// Goes through one of the broker's lists of the past, window by window, because the broker answers for a week at most,
/// and within a window page by page, back in time. Pages overlap at their edge, so that nothing falls between them (source:
/// cTrader Open API). What the broker will not tell, or not tell whole, is a gap.
/// </summary>
/// <param name="inquirer">Asks, and keeps the failure that ends everything.</param>
/// <param name="subject">What is listed, as gaps name it.</param>
/// <param name="gaps">Where gaps are noted.</param>
internal sealed class HistoryPages(Inquirer inquirer, string subject, List<HistoryGap> gaps)
{
    /// <summary>More rows of one moment than the broker shows on one page, and no way to the rest.</summary>
    public const string TooManyRows = "TOO_MANY_ROWS";

    // The field of the rows, in every one of these answers.
    private const int RowField = 3;
    private static readonly long WindowMs = (long)TimeSpan.FromDays(7).TotalMilliseconds;

    /// <summary>Reads a stretch; false when the inquirer met a failure.</summary>
    /// <param name="fromMs">Beginning of the stretch, Unix milliseconds.</param>
    /// <param name="toMs">Its end.</param>
    /// <param name="ask">The request for a part of it.</param>
    /// <param name="hasMore">Whether an answer was cut short.</param>
    /// <param name="take">Takes a row; says when it was, and whether it had been on a page before.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<bool> ReadAsync<T>(
        long fromMs,
        long toMs,
        Func<long, long, IMessage> ask,
        Func<T, bool> hasMore,
        Func<ReadOnlyMemory<byte>, (long AtMs, bool IsNew)> take,
        CancellationToken cancellation
    )
        where T : class, IMessage<T>, new()
    {
        for (var from = fromMs; from < toMs; from += WindowMs)
        {
            var to = Math.Min(from + WindowMs, toMs);
            if (await ReadWindowAsync(from, to, ask, hasMore, take, cancellation) is not { } error)
            {
                continue;
            }

            if (error.Reaction is not (ErrorReaction.Fix or ErrorReaction.Business))
            {
                inquirer.Fail(error);
                return false;
            }

            // The broker has no answer to this, whoever asks and how often; to another window it may have one.
            Miss(from, to, error);
        }

        return true;
    }

    private void Miss(long fromMs, long toMs, BrokerError error)
    {
        if (gaps is [.., var last] && last.Subject == subject && last.Code == error.Code && last.ToMs == fromMs)
        {
            gaps[^1] = last with { ToMs = toMs };
        }
        else
        {
            gaps.Add(new(subject, fromMs, toMs, error.Code, error.Sentence));
        }
    }

    private async Task<BrokerError?> ReadWindowAsync<T>(
        long fromMs,
        long toMs,
        Func<long, long, IMessage> ask,
        Func<T, bool> hasMore,
        Func<ReadOnlyMemory<byte>, (long AtMs, bool IsNew)> take,
        CancellationToken cancellation
    )
        where T : class, IMessage<T>, new()
    {
        while (toMs > fromMs)
        {
            var (reply, error) = await inquirer.TryAskAsync<T>(ask(fromMs, toMs), cancellation);
            if (reply is null)
            {
                return error;
            }

            var (rows, news, oldest) = (0, 0, long.MaxValue);
            foreach (var bytes in WireFields.Embedded(reply.Bytes, RowField))
            {
                var (atMs, isNew) = take(bytes);
                rows++;
                news += isNew ? 1 : 0;
                oldest = Math.Min(oldest, atMs);
            }

            if (rows == 0 || !hasMore(reply.Message))
            {
                return null;
            }

            if (news == 0 || oldest >= toMs)
            {
                // The page is full of one moment and would come again for ever: step over it.
                gaps.Add(new(subject, oldest, oldest, TooManyRows, "More of one moment than a page holds."));
                oldest--;
            }

            toMs = Math.Min(oldest, toMs - 1);
        }

        return null;
    }
}
