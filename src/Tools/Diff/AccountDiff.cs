using System.Runtime.CompilerServices;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.Projections.Messages;
using Trading.Projections.TimeTravel;
using Trading.Tools.Progress;
using Trading.Tools.State;

namespace Trading.Tools.Diff;

/// <summary>A user's account between two moments, both ends valued at the prices of their time.</summary>
internal sealed class AccountDiff(
    PostgresLogs logs,
    UserKey user,
    DiffSummary summary,
    AccountId account,
    IProgress<long> progress
) : IDifference
{
    /// <summary>Folds the account to both ends.</summary>
    /// <exception cref="ToolException">There was no such account.</exception>
    public static async Task<AccountDiff> FindAsync(
        PostgresLogs logs,
        AccountHistory history,
        UserKey user,
        AccountId? chosen,
        AsOf from,
        AsOf to,
        ProgressLine line,
        CancellationToken cancellation
    )
    {
        var stream = StreamName.Of("session", user.Value);
        var toEnd = await StreamLength.ForAsync(line, logs, stream, to.Offset, cancellation);
        var toBegin = await StreamLength.ForAsync(line, logs, stream, from.Offset, cancellation);
        // To the end, to the beginning, and once more through both.
        var total = 2 * toEnd + toBegin;
        var after =
            await history.FindAsync(new(user, chosen, to) { WithOrders = true }, line.Of(total), cancellation)
            ?? throw new ToolException($"There was no such account at offset {to.Offset}.");
        var before = await history.FindAsync(
            new(user, after.View.Account, from) { WithOrders = true },
            new EachReport<long>(done => line.Show(toEnd + done, total, toEnd + done)),
            cancellation
        );
        var ahead = toEnd + toBegin;
        return new(
            logs,
            user,
            new(from, to, before, after),
            after.View.Account,
            new EachReport<long>(done => line.Show(ahead + done, total, ahead + done))
        );
    }

    /// <inheritdoc/>
    public DiffTotal Total => summary.Total;

    /// <inheritdoc/>
    public async IAsyncEnumerable<DiffStep> StepsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var steps = new AccountSteps(logs.Journal).BetweenAsync(
            user,
            account,
            new(summary.From.Offset),
            new(summary.To.Offset),
            progress,
            cancellation
        );
        await foreach (var step in steps)
        {
            yield return new(step.Event, step.Changes);
        }
    }
}
