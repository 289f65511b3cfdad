using Trading.EventStore;

namespace Trading.Tools.Doctor.Checks;

/// <summary>The tables of the logs must be those that this program knows: all of them, and none it does not know.</summary>
internal sealed class Migrations : ICheck
{
    public string Name => "migrations";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var exists = await installation.QueryAsync(
            "select to_regclass('eventstore.migration') is not null",
            reader => reader.GetBoolean(0),
            cancellation
        );
        if (!exists[0])
        {
            return Diagnosis.Fail("The database holds no logs of this system.", "Start the service: it makes them.");
        }

        var applied = (
            await installation.QueryAsync(
                "select number, hash from eventstore.migration",
                reader => (Number: reader.GetInt32(0), Hash: reader.GetFieldValue<byte[]>(1)),
                cancellation
            )
        ).ToDictionary(migration => migration.Number, migration => migration.Hash);
        var known = EventStoreSchema.Known;
        if (applied.Keys.Except(known.Select(migration => migration.Number)).ToList() is { Count: > 0 } newer)
        {
            return Diagnosis.Fail(
                $"The database has migration {string.Join(", ", newer.Order())}, which this program does not know: it is newer.",
                "Run the version of the program that made it, or a later one."
            );
        }

        var changed = known.FirstOrDefault(migration =>
            applied.TryGetValue(migration.Number, out var hash) && !hash.AsSpan().SequenceEqual(migration.Hash)
        );
        var missing = known.Where(migration => !applied.ContainsKey(migration.Number)).ToList();
        return changed is not null
                ? Diagnosis.Fail(
                    $"Migration {changed.Name} is not the one that was applied.",
                    "Program and database are of different making: run the program that belongs to this database."
                )
            : missing.Count > 0
                ? Diagnosis.Fail(
                    $"Not applied yet: {string.Join(", ", missing.Select(migration => migration.Name))}.",
                    "Start the service with a login that owns the schema: it applies them."
                )
            : Diagnosis.Ok($"All {known.Count} are applied.");
    }
}
