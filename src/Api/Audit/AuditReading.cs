using System.Runtime.CompilerServices;
using Trading.Api.Access;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore.Journal;

namespace Trading.Api.Audit;

/// <summary>A look into the record that may take place: into a person's own affairs, or into everybody's once that is
/// itself on record. Only <see cref="AuditTrail"/> makes one, and the audit endpoints read through nothing else.</summary>
internal sealed class AuditReading
{
    private readonly IEventLog _journal;
    private readonly IJournalHistory _history;
    private readonly StreamPlaces _places;

    private AuditReading(IEventLog journal, IJournalHistory history, StreamPlaces places, UserKey? only)
    {
        _journal = journal;
        _history = history;
        _places = places;
        Only = only;
    }

    /// <summary>Whose events alone may be seen; null for all.</summary>
    public UserKey? Only { get; }

    /// <summary>Begins a reading: at once for a person who reads their own, otherwise when <paramref name="record"/> has
    /// committed that it takes place.</summary>
    public static async Task<AuditReading> BeginAsync(
        Identity who,
        IEventLog journal,
        IJournalHistory history,
        StreamPlaces places,
        Func<Task> record
    )
    {
        if (!who.Has(AuditTrail.Readers))
        {
            return new(journal, history, places, who.User?.Key ?? throw new ArgumentException("Nobody.", nameof(who)));
        }

        await record();
        return new(journal, history, places, null);
    }

    /// <summary>Whether an event may be seen: it is about the user, or stands in a stream that bears the user's key.</summary>
    public bool Shows(RecordedEvent recorded) =>
        Only is not { } only || recorded.User == only || recorded.Stream.Id == only.Value;

    /// <summary>The events after one offset up to another. Of one user alone: those of the user's session, which are found
    /// without looking through everybody's.</summary>
    public async IAsyncEnumerable<RecordedEvent> EventsAsync(
        Offset after,
        Offset upTo,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        if (Only is { } only)
        {
            var own = StreamAsync(StreamName.Of("session", only.Value), after, upTo, cancellation);
            await foreach (var recorded in own)
            {
                yield return recorded;
            }

            yield break;
        }

        if (after >= upTo)
        {
            yield break;
        }

        await foreach (var batch in _journal.ReadAsync(after, cancellation))
        {
            foreach (var recorded in batch)
            {
                if (recorded.Offset > upTo)
                {
                    yield break;
                }

                yield return recorded;
            }
        }
    }

    /// <summary>The events of a stream after one offset up to another.</summary>
    public async IAsyncEnumerable<RecordedEvent> StreamAsync(
        StreamName stream,
        Offset after,
        Offset upTo,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var seen = await _places.VersionAtAsync(stream, after, cancellation);
        await foreach (var recorded in StreamAsync(stream, seen, upTo, cancellation))
        {
            yield return recorded;
        }
    }

    /// <summary>The events of a stream after a version, up to an offset.</summary>
    public async IAsyncEnumerable<RecordedEvent> StreamAsync(
        StreamName stream,
        StreamVersion after,
        Offset upTo,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await foreach (var recorded in _journal.ReadStreamAsync(stream, after, cancellation))
        {
            if (recorded.Offset > upTo)
            {
                yield break;
            }

            if (Shows(recorded))
            {
                yield return recorded;
            }
        }
    }

    /// <summary>How many events a stream has up to an offset; 0 when it has none, or none that may be seen.</summary>
    public async Task<StreamVersion> VersionAtAsync(StreamName stream, Offset offset, CancellationToken cancellation) =>
        Only is { } only && stream.Id != only.Value
            ? StreamVersion.None
            : await _places.VersionAtAsync(stream, offset, cancellation);

    /// <summary>The event at an offset; null when there is none, or none that may be seen.</summary>
    public async Task<RecordedEvent?> FindAsync(Offset offset, CancellationToken cancellation)
    {
        var found = await _history.FindAsync(offset, cancellation);
        return found is not null && Shows(found) ? found : null;
    }
}
