using Npgsql;
using Trading.Projections.Reading;

namespace Trading.Projections.Schema;

/// <summary>Meets a database whose live table was filled by another version of the code.</summary>
internal static class Upgrade
{
    /// <summary>Makes the table of a newer version and asks for it to be filled. Nothing happens when the database is newer
    /// than the program, when the new version is being filled already, or when somebody went back from it: a rollback
    /// holds until the next version.</summary>
    public static async Task PrepareAsync(
        NpgsqlConnection owner,
        ReadModel model,
        StoredGeneration live,
        IReadOnlyList<StoredGeneration> stored,
        CancellationToken cancellation
    )
    {
        if (
            live.Version >= model.Version
            || stored.Any(one => one.Version == model.Version && one.State == GenerationState.Previous)
        )
        {
            return;
        }

        if (stored.Any(one => one.Version == model.Version && one.State == GenerationState.Filling))
        {
            await owner.ExecuteAsync(
                "update read.rebuilds set state = 'waiting', problem = null where model = $1 and state = 'failed'",
                cancellation,
                UserReads.Value(model.Name)
            );
            return;
        }

        await GiveUpOlderAsync(owner, model, stored, cancellation);
        var added = await Tables.AddAsync(owner, model, GenerationState.Filling, cancellation);
        // The new version's questions name the new columns: until the swap, the old table answers them with defaults.
        await Tables.ShowAsync(owner, model.Name, live.Table, added.Table, cancellation);
        await owner.ExecuteAsync(
            """
            insert into read.rebuilds (model, kind, state, generation, replaces, verify, asked_by)
            values ($1, 'upgrade', 'waiting', $2, $3, false, $4)
            """,
            cancellation,
            UserReads.Value(model.Name),
            UserReads.Value(added.Number),
            UserReads.Value(live.Number),
            UserReads.Value($"version {model.Version}")
        );
    }

    private static async Task GiveUpOlderAsync(
        NpgsqlConnection owner,
        ReadModel model,
        IReadOnlyList<StoredGeneration> stored,
        CancellationToken cancellation
    )
    {
        await owner.ExecuteAsync(
            """
            update read.rebuilds set state = 'cancelled', ended_at = now(), problem = 'a newer version takes its place'
            where model = $1 and state not in ('done', 'cancelled')
            """,
            cancellation,
            UserReads.Value(model.Name)
        );
        foreach (var one in stored.Where(one => one.State == GenerationState.Filling))
        {
            await Generations.TurnAsync(
                owner,
                one.Projection,
                GenerationState.Filling,
                GenerationState.Retired,
                cancellation
            );
        }
    }
}
