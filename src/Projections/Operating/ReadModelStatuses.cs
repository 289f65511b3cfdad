using Npgsql;
using Trading.Domain.Ports;
using Trading.Projections.Reading;
using Trading.Projections.Rebuilding;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Operating;

/// <summary>Asks how the read models are.</summary>
public sealed class ReadModelStatuses(IEventLog journal, ITickLog market, ReadModelSources sources)
{
    private const string Live = """
        select c.model, c.generation, c.version, c.at_offset, c.moved_at, p.generation
        from read.checkpoints c
        left join read.checkpoints p on p.model = c.model and p.state = 'previous'
        where c.state = 'live' order by c.model
        """;

    /// <summary>All of them, by name.</summary>
    public async Task<IReadOnlyList<ReadModelStatus>> ListAsync(CancellationToken cancellation)
    {
        await using var connection = await sources.Operator.OpenConnectionAsync(cancellation);
        var rebuilds = (await RebuildRows.NewestAsync(connection, cancellation)).ToDictionary(one => one.Projection);
        var rows = await connection.RowsAsync(Live, Read, cancellation);
        var parked = new Dictionary<string, IReadOnlyList<ParkedStream>>();
        foreach (var row in rows)
        {
            var live = Generation.NameOf(row.Projection, row.Generation);
            parked[row.Projection] = await new CheckpointStore(connection, live).ReadParkedAsync(cancellation);
        }

        // Asked for last: no table stands beyond it.
        var (journalHead, marketHead) = (await journal.HeadAsync(cancellation), await market.HeadAsync(cancellation));
        return
        [
            .. rows.Select(row =>
                row with
                {
                    Head = IsOfMarket(row.Projection) ? marketHead : journalHead,
                    Parked = parked[row.Projection],
                    Rebuild = rebuilds.GetValueOrDefault(row.Projection),
                }
            ),
        ];
    }

    private static bool IsOfMarket(string projection) =>
        ProjectionCatalog.All.Any(model => model.Name == projection && !model.IsOfJournal);

    private static ReadModelStatus Read(NpgsqlDataReader reader) =>
        new()
        {
            Projection = reader.GetString(0),
            Generation = reader.GetInt32(1),
            Version = reader.GetInt32(2),
            Checkpoint = new(reader.GetInt64(3)),
            MovedAt = reader.At(4),
            Previous = reader.IsNull(5) ? null : reader.GetInt32(5),
            Head = default,
            Parked = [],
            Rebuild = null,
        };
}
