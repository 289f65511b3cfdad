namespace Trading.EventStore.Transfer;

/// <summary>An event on its way from one database to another, with what its batch needs. Times are microseconds since
/// 1970.</summary>
internal sealed class PortableEvent
{
    public long Offset { get; set; }

    public string Stream { get; set; } = "";

    public long Version { get; set; }

    public Guid Id { get; set; }

    public Guid Correlation { get; set; }

    public Guid Causation { get; set; }

    public long OccurredAt { get; set; }

    public long RecordedAt { get; set; }

    public string Type { get; set; } = "";

    /// <summary>32 bytes, or null.</summary>
    public byte[]? User { get; set; }

    public byte[] Payload { get; set; } = [];

    public byte[] Digest { get; set; } = [];

    public Guid BatchId { get; set; }

    public long BatchFirst { get; set; }

    public long BatchLast { get; set; }

    /// <summary>On the batch's last event: the chain's hash there.</summary>
    public byte[]? BatchHash { get; set; }
}
