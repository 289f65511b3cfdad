using Npgsql;
using Trading.Domain.Logs;

namespace Trading.EventStore.Records;

/// <summary>How the requests of one log become one call of the server.</summary>
internal interface IAppendCall<TRequest>
{
    /// <summary>The log's name: <c>journal</c> or <c>market</c>.</summary>
    string Name { get; }

    /// <summary>Appends all requests in one commit.</summary>
    Task<Committed> ExecuteAsync(
        NpgsqlConnection connection,
        Guid batchId,
        IReadOnlyList<TRequest> requests,
        CancellationToken cancellation
    );

    /// <summary>Finds out, when the connection broke during <see cref="ExecuteAsync"/> and its server process is gone, which
    /// requests are in the log because of that call; null for those that are not.</summary>
    /// <param name="connection">A fresh one.</param>
    /// <param name="batchId">What the call was given.</param>
    /// <param name="headBefore">A place that the log had reached before the call.</param>
    /// <param name="requests">What the call was given.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<IReadOnlyList<AppendOutcome.Appended?>> SettleAsync(
        NpgsqlConnection connection,
        Guid batchId,
        Offset headBefore,
        IReadOnlyList<TRequest> requests,
        CancellationToken cancellation
    );

    /// <summary>Hands what was just committed to the followers in this process.</summary>
    void Publish(IReadOnlyList<TRequest> requests, Committed committed);
}

/// <summary>What the server answered to one call.</summary>
/// <param name="RecordedAt">The time of the commit.</param>
/// <param name="Outcomes">One per request.</param>
internal sealed record Committed(DateTimeOffset RecordedAt, IReadOnlyList<AppendOutcome> Outcomes);
