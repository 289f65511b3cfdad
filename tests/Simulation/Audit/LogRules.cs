using Trading.Domain.Logs;

namespace Trading.Simulation.Audit;

/// <summary>Offsets dense from 1, versions of each stream contiguous from 1, ids unique, times in order, and no token in the
/// clear.</summary>
internal sealed class LogRules(OwnerRules owners, Action<string, string> fail)
{
    public const string Dense = "offsets dense, versions contiguous";
    private readonly List<RecordedEvent> _events = [];
    private readonly Dictionary<StreamName, long> _versions = [];
    private readonly HashSet<Guid> _ids = [];

    /// <summary>All events, in order.</summary>
    public IReadOnlyList<RecordedEvent> Events => _events;

    /// <summary>The newest offset.</summary>
    public long Head => _events.Count;

    /// <summary>Looks at what one append added.</summary>
    public void Check(string writer, IReadOnlyList<RecordedEvent> events)
    {
        foreach (var recorded in events)
        {
            var version = _versions.GetValueOrDefault(recorded.Stream);
            if (recorded.Offset.Value != Head + 1 || recorded.Version.Value != version + 1)
            {
                fail(
                    Dense,
                    $"offset {recorded.Offset} after {Head}, version {recorded.Version} after {version} of {recorded.Stream}"
                );
            }

            if (!_ids.Add(recorded.Id.Value))
            {
                fail("an event is recorded once", $"{recorded.Type} at {recorded.Offset} has the id of an older one");
            }

            if (_events is [.., var last] && last.RecordedAt > recorded.RecordedAt)
            {
                fail("recorded in order of time", $"{recorded.Offset} was recorded before {last.Offset}");
            }

            if (recorded.Payload.Span.IndexOf("-token-"u8) >= 0)
            {
                fail("no secret in the clear", $"{recorded.Type} at {recorded.Offset} holds a token");
            }

            owners.Wrote(writer, recorded);
            _versions[recorded.Stream] = recorded.Version.Value;
            _events.Add(recorded);
        }
    }
}
