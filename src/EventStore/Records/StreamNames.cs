using System.Collections.Concurrent;
using Npgsql;
using Trading.Domain.Logs;

namespace Trading.EventStore.Records;

/// <summary>The names of streams by their number in the table. A name never changes, so what is once known is kept, up to
/// a bound.</summary>
internal sealed class StreamNames(string log)
{
    private const int Capacity = 200_000;
    private readonly ConcurrentDictionary<long, StreamName> _known = new();

    /// <summary>The names of these streams, as far as they have one.</summary>
    public async ValueTask<IReadOnlyDictionary<long, StreamName>> OfAsync(
        NpgsqlConnection connection,
        IReadOnlySet<long> streams,
        CancellationToken cancellation
    )
    {
        var names = new Dictionary<long, StreamName>(streams.Count);
        var unknown = new List<long>();
        foreach (var stream in streams)
        {
            if (_known.TryGetValue(stream, out var name))
            {
                names.Add(stream, name);
            }
            else
            {
                unknown.Add(stream);
            }
        }

        if (unknown.Count > 0)
        {
            if (_known.Count + unknown.Count > Capacity)
            {
                _known.Clear();
            }

            await LoadAsync(connection, unknown, names, cancellation);
        }

        return names;
    }

    private async Task LoadAsync(
        NpgsqlConnection connection,
        List<long> unknown,
        Dictionary<long, StreamName> names,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(
            $"SELECT stream_id, name FROM eventstore.{log}_stream WHERE stream_id = ANY($1)",
            connection
        )
        {
            Parameters = { new NpgsqlParameter<List<long>> { TypedValue = unknown } },
        };
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                if (TryParse(reader.GetString(1)) is { } name)
                {
                    names[reader.GetInt64(0)] = _known[reader.GetInt64(0)] = name;
                }
            }
        }
    }

    private static StreamName? TryParse(string name)
    {
        try
        {
            return StreamName.Parse(name);
        }
        catch (FormatException)
        {
            // As good as none: whoever needs it says so.
            return null;
        }
    }
}
