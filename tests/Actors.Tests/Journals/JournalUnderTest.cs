using Akka.Actor.Setup;
using Akka.Configuration;
using Trading.Actors.Shell;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Actors.Tests.Journals;

/// <summary>The journals that the actors must live with.</summary>
public enum JournalKind
{
    /// <summary>Akka's own in memory.</summary>
    InMemory,

    /// <summary>Ours on PostgreSQL.</summary>
    Ours,

    /// <summary>Akka.Persistence.Sql on PostgreSQL, as it comes.</summary>
    Sql,
}

/// <summary>A journal of one kind, shared by all processes of a world.</summary>
internal interface IJournalUnderTest : IAsyncDisposable
{
    /// <summary>Makes its plugin the default of an actor system.</summary>
    Config Hocon { get; }

    /// <summary>What the plugin needs beside.</summary>
    IReadOnlyList<Setup> Setups { get; }

    /// <summary>Reads it.</summary>
    IEventLog Reader { get; }

    /// <summary>Its events have offsets.</summary>
    bool HasOffsets { get; }

    /// <summary>What a failed write means.</summary>
    PersistFailure FailureOf(Exception cause);
}

internal static class JournalUnderTest
{
    /// <summary>Makes an empty one.</summary>
    public static async Task<IJournalUnderTest> CreateAsync(JournalKind kind, TimeProvider time) =>
        kind switch
        {
            JournalKind.InMemory => new MemoryUnderTest(),
            JournalKind.Ours => await OursUnderTest.CreateAsync(time),
            _ => await SqlUnderTest.CreateAsync(),
        };
}

/// <summary>Reads a journal that is none of ours, whole each time.</summary>
internal abstract class ForeignReader : IEventLog
{
    /// <summary>Every event in the order of their writing, as envelopes with stream and version.</summary>
    protected abstract Task<IReadOnlyList<(StreamName Stream, long Version, EventEnvelope Event)>> AllAsync();

    public async ValueTask<Offset> HeadAsync(CancellationToken cancellation) => new((await AllAsync()).Count);

    public async IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        foreach (var recorded in Recorded(await AllAsync()).Where(one => one.Stream == stream))
        {
            if (recorded.Version.Value > after.Value)
            {
                yield return recorded;
            }
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(
        Offset after,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var news = Recorded(await AllAsync()).Where(one => one.Offset > after).ToArray();
        if (news.Length > 0)
        {
            yield return news;
        }
    }

    public ValueTask<AppendOutcome> AppendAsync(AppendRequest request, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<StreamClaim> ClaimAsync(StreamName stream, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<ReplayStart> StartReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => throw new NotSupportedException();

    public IAsyncEnumerable<IReadOnlyList<PastEvent>> ReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => throw new NotSupportedException();

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        CancellationToken cancellation
    ) => throw new NotSupportedException();

    private static IEnumerable<RecordedEvent> Recorded(
        IReadOnlyList<(StreamName Stream, long Version, EventEnvelope Event)> events
    ) =>
        events.Select(
            (one, index) =>
                new RecordedEvent
                {
                    Offset = new(index + 1),
                    Id = one.Event.Id,
                    Stream = one.Stream,
                    Version = new(one.Version),
                    Type = one.Event.Payload.Descriptor.FullName,
                    User = one.Event.User,
                    OccurredAt = one.Event.OccurredAt,
                    RecordedAt = one.Event.OccurredAt,
                    CorrelationId = one.Event.CorrelationId,
                    CausationId = one.Event.CausationId,
                    Payload = Google.Protobuf.MessageExtensions.ToByteArray(one.Event.Payload),
                    Digest = default,
                }
        );
}
