namespace Trading.EventStore;

/// <summary>Bounds and times of the logs. The defaults serve a single node.</summary>
public sealed record EventStoreOptions
{
    /// <summary>Requests that may wait for the next commit; further callers wait before they are queued.</summary>
    public int QueueCapacity { get; init; } = 8_192;

    /// <summary>Most events in one commit; a single larger request still goes alone.</summary>
    public int MaxBatchEvents { get; init; } = 4_000;

    /// <summary>Most events in one page of a read. Larger pages outlive the youngest garbage and cost more than they save.</summary>
    public int PageEvents { get; init; } = 2_048;

    /// <summary>About how many payload bytes one page of a read may hold.</summary>
    public int PageBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Events of the newest commits kept in memory for followers in this process.</summary>
    public int RecentEvents { get; init; } = 65_536;

    /// <summary>Most bytes of payload among them. Decoded, they weigh about four times as much.</summary>
    public int RecentBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How often the head is asked for when no notification arrives.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an append or a read is tried again over failures of the database before its caller gets
    /// <see cref="LogUnavailableException"/>.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an append waits for the log's lock before it is tried again.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one statement may run before the server ends it.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most pooled connections for reads and claims.</summary>
    public int MaxConnections { get; init; } = 20;

    /// <summary>Connect with the role that may only read.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Bring the schema up to date when opening.</summary>
    public bool Migrate { get; init; } = true;

    /// <summary>The 32 bytes that wrap the users' data keys; without them there is no sealer, personal fields are written in
    /// the clear, and those that are sealed stay sealed when read.</summary>
    public ReadOnlyMemory<byte> MasterKey { get; init; }

    /// <summary>Master keys of before, which still wrap some of the users' keys while a rotation is under way.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> FormerMasterKeys { get; init; } = [];
}
