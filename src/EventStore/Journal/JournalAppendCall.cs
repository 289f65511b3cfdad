using Npgsql;
using NpgsqlTypes;
using Trading.Domain.Logs;
using Trading.EventStore.Records;

namespace Trading.EventStore.Journal;

/// <summary>Calls <c>eventstore.journal_append</c>.</summary>
internal sealed class JournalAppendCall(Tail<IReadOnlyList<RecordedEvent>> tail) : IAppendCall<JournalRequest>
{
    private const long AnyVersion = -1;
    private readonly JournalArrays _arrays = new();
    private NpgsqlCommand? _command;

    public string Name => "journal";

    public async Task<Committed> ExecuteAsync(
        NpgsqlConnection connection,
        Guid batchId,
        IReadOnlyList<JournalRequest> requests,
        CancellationToken cancellation
    )
    {
        _arrays.Fill(requests);
        var command = _command;
        if (command is null || command.Connection != connection)
        {
            command = _command = _arrays.Command(connection);
            command.Parameters[0].Value = batchId;
            await command.PrepareAsync(cancellation);
        }

        command.Parameters[0].Value = batchId;
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
            outcomes[i] = kinds[i] switch
            {
                0 => new AppendOutcome.Appended(new(offsets[i]), new(versions[i])),
                1 => new AppendOutcome.Conflict(requests[i].Source.ExpectedVersion ?? default, new(versions[i])),
                _ => new AppendOutcome.Duplicate(new(offsets[i])),
            };
        }

        return new(recordedAt, outcomes);
    }

    public async Task<IReadOnlyList<AppendOutcome.Appended?>> SettleAsync(
        NpgsqlConnection connection,
        Guid batchId,
        Offset headBefore,
        IReadOnlyList<JournalRequest> requests,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT j.event_id, j.log_offset, j.version
            FROM eventstore.journal_batch b
            JOIN eventstore.journal j ON j.log_offset BETWEEN b.first_offset AND b.last_offset
            WHERE b.last_offset > $1 AND b.batch_id = $2
            """,
            connection
        )
        {
            Parameters =
            {
                new NpgsqlParameter<long> { TypedValue = headBefore.Value },
                new NpgsqlParameter<Guid> { TypedValue = batchId },
            },
        };
        var found = new Dictionary<Guid, AppendOutcome.Appended>();
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                found.Add(reader.GetGuid(0), new(new(reader.GetInt64(1)), new(reader.GetInt64(2))));
            }
        }

        // Each event counts for the first request that names it; a repeat of it in the same batch was a duplicate.
        return
        [
            .. requests.Select(request =>
            {
                var own = request.Events.Select(e => found.Remove(e.Source.Id.Value, out var at) ? at : null).ToArray();
                return own.Contains(null) ? null : own[^1];
            }),
        ];
    }

    public void Publish(IReadOnlyList<JournalRequest> requests, Committed committed)
    {
        var last = new Offset(
            committed.Outcomes.OfType<AppendOutcome.Appended>().Select(o => o.Last.Value).DefaultIfEmpty().Max()
        );
        if (last == Offset.Start)
        {
            return;
        }

        if (!tail.HasFollowers)
        {
            tail.Seen(last);
            return;
        }

        var events = new List<RecordedEvent>();
        for (var i = 0; i < requests.Count; i++)
        {
            if (committed.Outcomes[i] is AppendOutcome.Appended appended)
            {
                events.AddRange(requests[i].Recorded(appended, committed.RecordedAt));
            }
        }

        tail.Publish(events[0].Offset, last, events, events.Sum(e => (long)e.Payload.Length));
    }

    /// <summary>The arguments of the call, column by column, used again for every batch.</summary>
    private sealed class JournalArrays
    {
        private readonly Dictionary<StreamName, int> _streamIndex = [];
        private readonly List<string> _streams = [];
        private readonly List<long> _about = [];
        private readonly List<int> _requestStream = [];
        private readonly List<long> _expected = [];
        private readonly List<int> _count = [];
        private readonly List<Guid> _correlation = [];
        private readonly List<Guid> _causation = [];
        private readonly List<int> _eventRequest = [];
        private readonly List<Guid> _id = [];
        private readonly List<string> _type = [];
        private readonly List<byte[]?> _user = [];
        private readonly List<DateTime> _occurred = [];
        private readonly List<ReadOnlyMemory<byte>> _digest = [];
        private readonly List<ReadOnlyMemory<byte>> _payload = [];

        public NpgsqlCommand Command(NpgsqlConnection connection) =>
            new(
                "SELECT * FROM eventstore.journal_append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)",
                connection
            )
            {
                Parameters =
                {
                    new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Uuid },
                    Array(_streams, NpgsqlDbType.Text),
                    Array(_about, NpgsqlDbType.Bigint),
                    Array(_requestStream, NpgsqlDbType.Integer),
                    Array(_expected, NpgsqlDbType.Bigint),
                    Array(_count, NpgsqlDbType.Integer),
                    Array(_eventRequest, NpgsqlDbType.Integer),
                    Array(_id, NpgsqlDbType.Uuid),
                    Array(_correlation, NpgsqlDbType.Uuid),
                    Array(_causation, NpgsqlDbType.Uuid),
                    Array(_type, NpgsqlDbType.Text),
                    Array(_user, NpgsqlDbType.Bytea),
                    Array(_occurred, NpgsqlDbType.TimestampTz),
                    Array(_digest, NpgsqlDbType.Bytea),
                    Array(_payload, NpgsqlDbType.Bytea),
                },
            };

        public void Fill(IReadOnlyList<JournalRequest> requests)
        {
            Clear();
            foreach (var request in requests)
            {
                var source = request.Source;
                if (!_streamIndex.TryGetValue(source.Stream, out var stream))
                {
                    _streams.Add(source.Stream.Value);
                    _about.Add(source.ExpectedVersion?.Value ?? 0);
                    stream = _streams.Count;
                    _streamIndex.Add(source.Stream, stream);
                }

                _requestStream.Add(stream);
                _expected.Add(source.ExpectedVersion?.Value ?? AnyVersion);
                _count.Add(request.Events.Length);
                foreach (var e in request.Events)
                {
                    _eventRequest.Add(_requestStream.Count);
                    _id.Add(e.Source.Id.Value);
                    _correlation.Add(e.Source.CorrelationId);
                    _causation.Add(e.Source.CausationId);
                    _type.Add(e.Type);
                    _user.Add(e.User);
                    _occurred.Add(e.OccurredAt.UtcDateTime);
                    _digest.Add(e.Digest);
                    _payload.Add(e.Payload);
                }
            }
        }

        private static NpgsqlParameter<List<T>> Array<T>(List<T> values, NpgsqlDbType type) =>
            new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };

        private void Clear()
        {
            _streamIndex.Clear();
            _streams.Clear();
            _about.Clear();
            _requestStream.Clear();
            _expected.Clear();
            _count.Clear();
            _correlation.Clear();
            _causation.Clear();
            _eventRequest.Clear();
            _id.Clear();
            _type.Clear();
            _user.Clear();
            _occurred.Clear();
            _digest.Clear();
            _payload.Clear();
        }
    }
}
