using Microsoft.Extensions.Logging;

namespace Trading.Actors.Shell;

/// <summary>What every aggregate stands on.</summary>
internal sealed record ShellEnvironment
{
    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>For jitter. Guarded by itself.</summary>
    public required Random Random { get; init; }

    /// <summary>Bounds.</summary>
    public required ActorOptions Options { get; init; }

    /// <summary>The instruments.</summary>
    public required ActorMetrics Metrics { get; init; }

    /// <summary>Where it logs.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>What the failures of the journal in use mean.</summary>
    public required Func<Exception, PersistFailure> FailureOf { get; init; }

    /// <summary>The aggregates in this process.</summary>
    public EntityRegister Entities { get; } = new();

    /// <summary>Names this node in claims. Known once the actor system stands.</summary>
    public string Owner { get; set; } = "";
}
