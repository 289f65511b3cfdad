using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore.Records;

namespace Trading.EventStore.Market;

/// <summary>Calls <c>eventstore.market_append</c>.</summary>
internal sealed class MarketAppendCall(Tail<TickBlock> tail) : IAppendCall<MarketRequest>
{
    private NpgsqlCommand? _command;

    public string Name => "market";

    public async Task<Committed> ExecuteAsync(
        NpgsqlConnection connection,
        Guid batchId,
        IReadOnlyList<MarketRequest> requests,
        CancellationToken cancellation
    )
    {
        string[] streams = [.. requests.Select(r => r.Feed.Value).Distinct()];
        var command = _command;
        var prepare = command is null || command.Connection != connection;
        if (command is null || prepare)
        {
            command = _command = new("SELECT * FROM eventstore.market_append($1,$2,$3,$4,$5,$6)", connection);
        }

        command.Parameters.Clear();
        Add(command, streams, NpgsqlDbType.Text);
        Add(command, [.. requests.Select(r => Array.IndexOf(streams, r.Feed.Value) + 1)], NpgsqlDbType.Integer);
        Add(command, [.. requests.Select(r => r.Epoch.Value)], NpgsqlDbType.Bigint);
        Add(command, [.. requests.Select(r => r.Ticks.Length)], NpgsqlDbType.Integer);
        Add(command, [.. requests.Select(r => r.RecordId)], NpgsqlDbType.Uuid);
        Add(command, [.. requests.Select(r => r.Block)], NpgsqlDbType.Bytea);
        if (prepare)
        {
            await command.PrepareAsync(cancellation);
        }

        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var recordedAt = await reader.GetFieldValueAsync<DateTimeOffset>(0, cancellation);
        var kinds = await reader.GetFieldValueAsync<int[]>(1, cancellation);
        var offsets = await reader.GetFieldValueAsync<long[]>(2, cancellation);
        var versions = await reader.GetFieldValueAsync<long[]>(3, cancellation);
        // What is wrong with a commit may show only now.
        await reader.NextResultAsync(cancellation);

        var outcomes = new AppendOutcome[requests.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] =
                kinds[i] == 0
                    ? new AppendOutcome.Appended(new(offsets[i]), new(versions[i]))
                    : new AppendOutcome.Fenced(new(versions[i]));
        }

        return new(recordedAt, outcomes);
    }

    public async Task<IReadOnlyList<AppendOutcome.Appended?>> SettleAsync(
        NpgsqlConnection connection,
        Guid batchId,
        Offset headBefore,
        IReadOnlyList<MarketRequest> requests,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(
            "SELECT record_id, last_offset, last_version FROM eventstore.market "
                + "WHERE first_offset > $1 AND record_id = ANY($2)",
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = headBefore.Value });
        Add(command, [.. requests.Select(r => r.RecordId)], NpgsqlDbType.Uuid);
        var found = new Dictionary<Guid, AppendOutcome.Appended>();
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                found.Add(reader.GetGuid(0), new(new(reader.GetInt64(1)), new(reader.GetInt64(2))));
            }
        }

        return [.. requests.Select(request => found.GetValueOrDefault(request.RecordId))];
    }

    public void Publish(IReadOnlyList<MarketRequest> requests, Committed committed)
    {
        for (var i = 0; i < requests.Count; i++)
        {
            if (committed.Outcomes[i] is not AppendOutcome.Appended appended)
            {
                continue;
            }

            if (!tail.HasFollowers)
            {
                tail.Seen(appended.Last);
                continue;
            }

            var first = new Offset(appended.Last.Value - requests[i].Ticks.Length + 1);
            var ticks = requests[i].Ticks;
            tail.Publish(
                first,
                appended.Last,
                new(first, requests[i].Feed, committed.RecordedAt, ticks),
                (long)ticks.Length * Unsafe.SizeOf<Tick>()
            );
        }
    }

    private static void Add<T>(NpgsqlCommand command, T[] values, NpgsqlDbType type) =>
        command.Parameters.Add(
            new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type }
        );
}
