namespace Trading.EventStore.Records;

/// <summary>Times as PostgreSQL keeps them: whole microseconds, UTC. What is finer is cut off before it is stored or hashed,
/// so that a time reads back as it was hashed.</summary>
internal static class PostgresTime
{
    private static readonly long Epoch2000 = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    private static readonly long EpochsApart =
        (Epoch2000 - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Without what is finer than a microsecond.</summary>
    public static DateTimeOffset Cut(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>Microseconds since 1970, rounded down.</summary>
    public static long UnixMicroseconds(DateTimeOffset time) =>
        (Cut(time).UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Microseconds since 1970, of what the wire says in microseconds since 2000.</summary>
    public static long UnixMicroseconds(long wire) => wire + EpochsApart;

    /// <summary>Microseconds since 2000, as they travel, of microseconds since 1970.</summary>
    public static long ToWire(long unixMicroseconds) => unixMicroseconds - EpochsApart;

    /// <summary>From the wire: microseconds since 2000.</summary>
    public static DateTimeOffset FromWire(long microseconds) =>
        new(Epoch2000 + (microseconds * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
