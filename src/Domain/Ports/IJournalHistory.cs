using Trading.Domain.Logs;

namespace Trading.Domain.Ports;

/// <summary>Looks up places of the journal by time and events by place, without reading what lies between.</summary>
public interface IJournalHistory
{
    /// <summary>The last offset that the journal had recorded at a moment, that moment included;
    /// <see cref="Offset.Start"/> before the first event.</summary>
    ValueTask<Offset> OffsetAtAsync(DateTimeOffset moment, CancellationToken cancellation);

    /// <summary>The event at an offset, or null when the journal has none there.</summary>
    ValueTask<RecordedEvent?> FindAsync(Offset offset, CancellationToken cancellation);
}
