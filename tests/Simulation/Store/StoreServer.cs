using System.Text;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.EventStore.InMemory;
using Trading.Simulation.Audit;
using Trading.Simulation.Scheduling;
using Trading.Simulation.World;

namespace Trading.Simulation.Store;

/// <summary>The database: outlives every process. Keeps the twins of the logs, and tells the auditor of whatever is
/// committed, at that moment and before anybody is answered.</summary>
internal sealed class StoreServer(
    Strand servers,
    Auditor auditor,
    Trace trace,
    SnapshotTable snapshots,
    Func<IEventLog, IEventLog> journal,
    Func<ITickLog, ITickLog> market
)
{
    private readonly IEventLog _journal = journal(new InMemoryEventLog(servers.Time));

    /// <summary>The journal as it is, for followers.</summary>
    public IEventLog Journal => _journal;

    /// <summary>The market log as it is, for followers.</summary>
    public ITickLog Market { get; } = market(new InMemoryTickLog(servers.Time));

    /// <summary>The snapshots.</summary>
    public SnapshotTable Snapshots { get; } = snapshots;

    public AppendOutcome Append(string writer, AppendRequest request)
    {
        var head = AtOnce.Of(_journal.HeadAsync(default));
        var outcome = AtOnce.Of(_journal.AppendAsync(request, default));
        if (AtOnce.Of(_journal.HeadAsync(default)) > head)
        {
            var events = AtOnce.All(_journal.ReadAsync(head, default)).SelectMany(batch => batch).ToArray();
            foreach (var recorded in events)
            {
                trace.Say(
                    servers.Time.GetUtcNow(),
                    $"{writer} {recorded.Offset} {auditor.NameOf(recorded.User)} v{recorded.Version} {recorded.Decode().Descriptor.Name}"
                );
            }

            auditor.Committed(writer, events);
        }
        else
        {
            trace.Say(
                servers.Time.GetUtcNow(),
                $"{writer} append to {auditor.NameOf(request.Events[0].User)} answered {outcome.GetType().Name}"
            );
        }

        return outcome;
    }

    /// <summary>A process is the newest claimant of a stream.</summary>
    public bool IsOwner(string process, StreamName stream) => auditor.Owners.Owns(process, stream);

    public AppendOutcome AppendTicks(string writer, StreamName feed, Epoch epoch, ReadOnlyMemory<Tick> ticks)
    {
        var head = AtOnce.Of(Market.HeadAsync(default));
        var outcome = AtOnce.Of(Market.AppendAsync(feed, epoch, ticks, default));
        trace.Say(servers.Time.GetUtcNow(), $"{writer} ticks {Text(ticks.Span)}{outcome.GetType().Name}");
        if (outcome is AppendOutcome.Appended)
        {
            auditor.TicksCommitted(writer, feed, epoch, AtOnce.All(Market.ReadAsync(head, default)));
        }

        return outcome;
    }

    private static string Text(ReadOnlySpan<Tick> ticks)
    {
        var text = new StringBuilder();
        foreach (var tick in ticks)
        {
            text.Append($"{tick.Symbol}@{tick.TimestampMs} ");
        }

        return text.ToString();
    }

    public StreamClaim ClaimFeed(string writer, StreamName feed)
    {
        var claim = AtOnce.Of(Market.ClaimAsync(feed, default));
        auditor.Owners.ClaimedFeed(writer, feed, claim.Epoch);
        return claim;
    }
}

/// <summary>Takes what an enumeration gives without waiting; the twins never make anybody wait.</summary>
internal static class AtOnce
{
    public static T Of<T>(ValueTask<T> done) =>
        done.IsCompletedSuccessfully ? done.Result : throw new InvalidOperationException("A twin makes somebody wait.");

    public static bool Done(ValueTask done) => done.IsCompletedSuccessfully;

    public static List<T> All<T>(IAsyncEnumerable<T> items)
    {
        var all = new List<T>();
        var enumerator = items.GetAsyncEnumerator();
        while (Of(enumerator.MoveNextAsync()))
        {
            all.Add(enumerator.Current);
        }

        return all;
    }
}
