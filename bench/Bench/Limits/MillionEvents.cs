using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore;

namespace Trading.Bench.Limits;

/// <summary>A journal with one session's million events, made once in a run and read by several rows.</summary>
internal static class MillionEvents
{
    public const int Count = 1_000_000;
    private const int Batch = 4_000;

    /// <summary>How far its events are apart: a million of them is a day of a lively session.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(80);

    /// <summary>Whose session it is.</summary>
    public static UserKey User => SampleEvents.User;

    /// <summary>Its stream.</summary>
    public static StreamName Stream { get; } = StreamName.Of("session", User.Value);

    public static async Task WriteAsync(PostgresLogs logs, CancellationToken cancellation)
    {
        var now = TimeProvider.System.GetUtcNow() - (Count * Apart);
        IReadOnlyList<EventEnvelope> first =
        [
            EventEnvelope.Of(
                new AccountSelected { AccountId = SampleEvents.Account, Environment = BrokerEnvironment.Demo },
                now,
                User
            ),
            EventEnvelope.Of(SampleEvents.Described(), now, User),
        ];
        var version = await AppendAsync(logs, first, 0, cancellation);
        while (version < Count)
        {
            var next = SampleEvents.Batch((int)Math.Min(Batch, Count - version), now + (version * Apart), Apart);
            version = await AppendAsync(logs, next, version, cancellation);
        }
    }

    private static async Task<long> AppendAsync(
        PostgresLogs logs,
        IReadOnlyList<EventEnvelope> events,
        long version,
        CancellationToken cancellation
    )
    {
        var outcome = await logs.Journal.AppendAsync(
            new()
            {
                Stream = Stream,
                ExpectedVersion = new(version),
                Events = events,
            },
            cancellation
        );
        return outcome is AppendOutcome.Appended appended
            ? appended.Version.Value
            : throw new InvalidOperationException($"Not appended: {outcome}");
    }
}
