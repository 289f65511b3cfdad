using System.Globalization;
using Google.Protobuf;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.EventStore.Secrets;

/// <summary>Looks, before a fold of the journal begins, whether the master keys given open what is sealed for it. A fold that
/// could not would not fail: names and labels would come out empty, and no comparison of two such folds would show it.
/// </summary>
/// <param name="logs">The journal, opened with the keys that the fold will have.</param>
public sealed class SealedJournal(PostgresLogs logs) : ISealedFields
{
    // A stream begins with who the user is: what a person's first events seal, the later ones do.
    private const int FirstEvents = 64;

    /// <inheritdoc/>
    public async ValueTask<string?> WhatCannotBeOpenedAsync(UserKey? user, CancellationToken cancellation) =>
        (await ExamineAsync(user, cancellation))?.ToString();

    /// <summary>What the fold of all users' events, or of one user's, could not open; null when it can open all. Whoever was
    /// erased has no key and misses none.</summary>
    /// <exception cref="NpgsqlException">The database cannot be asked.</exception>
    public async Task<ClosedFields?> ExamineAsync(UserKey? user, CancellationToken cancellation)
    {
        var keys = await KeysAsync(user, cancellation);
        var closed = (keys ?? []).Where(one => logs.Masters?.Unwrap(one.Key, one.User) is null).ToList();
        var known = (keys ?? []).Select(one => Convert.ToHexStringLower(one.User)).ToHashSet(StringComparer.Ordinal);
        var without = await SealedForAsync(user, known, cancellation);
        return closed.Count == 0 && without.Count == 0
            ? null
            : new ClosedFields
            {
                MasterKey = logs.Masters?.Current,
                Users = keys?.Count ?? 0,
                Closed = closed.Count,
                WrappedBy =
                [
                    .. closed
                        .Select(one => one.Key.MasterKey)
                        .OfType<string>()
                        .Distinct()
                        .Order(StringComparer.Ordinal),
                ],
                WithoutKey = without,
                KeysAreHidden = keys is null,
            };
    }

    // Null when the login may not see the keys.
    private async Task<List<(byte[] User, WrappedKey Key)>?> KeysAsync(UserKey? user, CancellationToken cancellation)
    {
        try
        {
            await using var command = logs.Keys.CreateCommand(
                "SELECT user_key, wrapped_key, master_key FROM eventstore.user_key WHERE $1 IS NULL OR user_key = $1"
            );
            command.Parameters.Add(
                new NpgsqlParameter
                {
                    Value = user is { } one ? Convert.FromHexString(one.Value) : DBNull.Value,
                    NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bytea,
                }
            );
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var keys = new List<(byte[], WrappedKey)>();
            while (await reader.ReadAsync(cancellation))
            {
                keys.Add(
                    (
                        await reader.GetFieldValueAsync<byte[]>(0, cancellation),
                        new(
                            await reader.GetFieldValueAsync<byte[]>(1, cancellation),
                            await reader.IsDBNullAsync(2, cancellation) ? null : reader.GetString(2)
                        )
                    )
                );
            }

            return keys;
        }
        catch (PostgresException hidden)
            when (hidden.SqlState
                    is PostgresErrorCodes.InsufficientPrivilege
                        or PostgresErrorCodes.InvalidParameterValue
            )
        {
            return null;
        }
    }

    // The users without a key whose events hold something sealed that is folded, and who were not erased.
    private async Task<IReadOnlyList<UserKey>> SealedForAsync(
        UserKey? user,
        HashSet<string> known,
        CancellationToken cancellation
    )
    {
        await using var connection = await logs.Reader.OpenConnectionAsync(cancellation);
        var streams = (await UserStreamsAsync(connection, user, cancellation))
            .Where(stream => !known.Contains(stream.Value.Value))
            .ToDictionary();
        var found = new List<UserKey>();
        foreach (var stream in await SealedStreamsAsync(connection, [.. streams.Keys], cancellation))
        {
            if (!await IsErasedAsync(connection, stream, cancellation))
            {
                found.Add(streams[stream]);
            }
        }

        return [.. found.Distinct().OrderBy(one => one.Value, StringComparer.Ordinal)];
    }

    private static async Task<Dictionary<long, UserKey>> UserStreamsAsync(
        NpgsqlConnection connection,
        UserKey? user,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT stream_id, right(name, 64) FROM eventstore.journal_stream
            WHERE name ~ '-[0-9a-f]{64}$' AND ($1 IS NULL OR right(name, 64) = $1)
            """,
            connection
        );
        command.Parameters.Add(
            new NpgsqlParameter
            {
                Value = user is { } one ? one.Value : DBNull.Value,
                NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text,
            }
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var streams = new Dictionary<long, UserKey>();
        while (await reader.ReadAsync(cancellation))
        {
            streams.Add(reader.GetInt64(0), UserKey.Parse(reader.GetString(1)));
        }

        return streams;
    }

    private static async Task<HashSet<long>> SealedStreamsAsync(
        NpgsqlConnection connection,
        long[] streams,
        CancellationToken cancellation
    )
    {
        var found = new HashSet<long>();
        if (streams.Length == 0)
        {
            return found;
        }

        // The bytes looked for are the tag of the field in which an event keeps what is sealed; they may also stand elsewhere.
        await using var command = new NpgsqlCommand(
            $"""
            SELECT j.stream_id, j.type, j.payload
            FROM unnest($1) s (id)
            CROSS JOIN LATERAL (
              SELECT stream_id, type, payload FROM eventstore.journal
              WHERE stream_id = s.id AND version <= {FirstEvents} ORDER BY version
            ) j
            WHERE position($2 IN j.payload) > 0
            """,
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = streams });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = SealedTag() });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            if (
                !found.Contains(reader.GetInt64(0))
                && IsSealed(reader.GetString(1), await reader.GetFieldValueAsync<byte[]>(2, cancellation))
            )
            {
                found.Add(reader.GetInt64(0));
            }
        }

        return found;
    }

    private static byte[] SealedTag()
    {
        var tag = WireFormat.MakeTag(PersonalFields.SealedNumber, WireFormat.WireType.LengthDelimited);
        return [(byte)(tag | 0x80), (byte)(tag >> 7)];
    }

    private static bool IsSealed(string type, byte[] payload)
    {
        if (!EventCatalog.ByName.TryGetValue(type, out var known) || !PersonalFields.MatterToFolds(known))
        {
            return false;
        }

        try
        {
            return PersonalFields.IsSealed(known.Parser.ParseFrom(payload));
        }
        catch (InvalidProtocolBufferException)
        {
            // What is damaged is for the verifier to find.
            return false;
        }
    }

    private static async Task<bool> IsErasedAsync(
        NpgsqlConnection connection,
        long stream,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(
            "SELECT version FROM eventstore.journal WHERE stream_id = $1 AND type = $2 ORDER BY version DESC LIMIT 1",
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = stream });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = UserErased.Descriptor.FullName });
        return await command.ExecuteScalarAsync(cancellation) is not null;
    }
}

/// <summary>What a fold of the journal could not open, and why.</summary>
public sealed record ClosedFields
{
    /// <summary>What the master key given is called; null when none was given.</summary>
    public required string? MasterKey { get; init; }

    /// <summary>Users who have a key.</summary>
    public required int Users { get; init; }

    /// <summary>Those of them whose key the master keys given do not open.</summary>
    public required int Closed { get; init; }

    /// <summary>What the master keys that wrap those are called, as far as it is known.</summary>
    public required IReadOnlyList<string> WrappedBy { get; init; }

    /// <summary>Users for whom something is sealed and who have no key, though they were not erased.</summary>
    public required IReadOnlyList<UserKey> WithoutKey { get; init; }

    /// <summary>The login may not see the users' keys: none was looked at.</summary>
    public required bool KeysAreHidden { get; init; }

    /// <summary>In words, without a secret.</summary>
    public override string ToString()
    {
        if (KeysAreHidden)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"What is sealed for {WithoutKey.Count:N0} users cannot be opened: the login may not read their keys (role {EventStoreSchema.AppRole})."
            );
        }

        var words = new List<string>();
        if (Closed > 0)
        {
            var wrapped = WrappedBy.Count == 0 ? "another one" : string.Join(" and ", WrappedBy);
            words.Add(
                MasterKey is null
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"What is sealed for {Closed:N0} of {Users:N0} users cannot be opened: no master key is given. Their keys are wrapped by master key {wrapped}."
                    )
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"What is sealed for {Closed:N0} of {Users:N0} users cannot be opened: their keys are wrapped by master key {wrapped}, and given is {MasterKey}."
                    )
            );
        }

        if (WithoutKey.Count > 0)
        {
            words.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Of {WithoutKey.Count:N0} users the key is missing, though they were not erased (the first is {WithoutKey[0]}): bring the keys back (export --with-keys, import), or erase these users."
                )
            );
        }

        return string.Join(' ', words);
    }
}
