using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Trading.EmbeddedPostgres;

/// <summary>What to start, and where.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>
    /// The folder that belongs to this cluster alone. It is created when missing; starting again on the same folder
    /// brings back the same data.
    /// </summary>
    /// <remarks>
    /// When the process runs as root and the unprivileged user PostgreSQL then runs as cannot reach this folder (a
    /// checkout below <c>/root</c>), the data lives in a folder of its own below <c>/var/lib/trading-postgres</c>
    /// and this folder keeps a file named <c>location</c> that says where.
    /// </remarks>
    public required string Folder { get; init; }

    /// <summary>
    /// The folder that holds <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>. Null: the environment variable
    /// <c>TRADING_POSTGRES_BIN</c>, then <c>PATH</c>, <c>pg_config</c>, the usual install folders and at last npm.
    /// </summary>
    public string? BinariesFolder { get; init; }

    /// <summary>The loopback TCP port. Null: a free one, chosen at every start.</summary>
    public int? Port { get; init; }

    /// <summary>How long the server may take to accept connections, crash recovery included.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a fast shutdown may take before the server is stopped at once (it then recovers at the next start).</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether the data is thrown away when the cluster stops, also when the owning process was killed. For tests.
    /// </summary>
    public bool Ephemeral { get; init; }

    /// <summary>The clock that waits are measured with.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where notable steps are told: binaries found, moved data, adoption, recovery.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
