using Npgsql;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Rebuilding;

/// <summary>What asking for a rebuild does, inside the asker's transaction.</summary>
internal static class RebuildAsking
{
    /// <summary>Lets one go on that failed or was interrupted.</summary>
    public static async Task<RebuildAnswer> AgainAsync(
        NpgsqlConnection owner,
        Rebuild unfinished,
        RebuildRequest request,
        CancellationToken cancellation
    )
    {
        if (request.Rollback != (unfinished.Kind == RebuildKind.Rollback))
        {
            return new RebuildAnswer.Refused(
                $"A {Words.Of(unfinished.Kind)} of {unfinished.Projection} is unfinished: give it up first."
            );
        }

        await RebuildRows.TurnAsync(owner, unfinished.Id, RebuildState.Waiting, null, cancellation);
        await owner.ExecuteAsync(
            "update read.rebuilds set verify = verify or $2 where id = $1",
            cancellation,
            UserReads.Value(unfinished.Id),
            UserReads.Value(request.Verify)
        );
        return await AcceptedAsync(owner, unfinished.Projection, cancellation);
    }

    /// <summary>Begins a new one.</summary>
    public static async Task<RebuildAnswer> AnewAsync(
        NpgsqlConnection owner,
        ModelCode code,
        RebuildRequest request,
        CancellationToken cancellation
    )
    {
        var stored = await Generations.OfAsync(owner, code.Name, cancellation);
        if (stored.Find(one => one.State == GenerationState.Live) is not { } live)
        {
            return new RebuildAnswer.Refused($"{code.Name} has no live table: the service makes it when it starts.");
        }

        StoredGeneration target;
        if (request.Rollback)
        {
            if (stored.Find(one => one.State == GenerationState.Previous) is not { } previous)
            {
                return new RebuildAnswer.Refused($"{code.Name} has no earlier table to go back to.");
            }

            if (code.Find(previous.Version) is null)
            {
                return new RebuildAnswer.Refused(
                    $"{previous.Projection} was filled by version {previous.Version}, which is not in this program."
                );
            }

            target = previous;
        }
        else if (live.Version > code.Newest.Version)
        {
            return new RebuildAnswer.Refused(
                $"{live.Projection} was filled by version {live.Version}; this program has {code.Newest.Version}."
            );
        }
        else
        {
            var added = await Tables.AddAsync(owner, code.Newest, GenerationState.Filling, cancellation);
            target = new(code.Name, added.Number, code.Newest.Version, GenerationState.Filling, default);
        }

        var kind = request.Rollback ? RebuildKind.Rollback : RebuildKind.Rebuild;
        await RebuildRows.AddAsync(owner, kind, target, live, request, cancellation);
        return await AcceptedAsync(owner, code.Name, cancellation);
    }

    private static async Task<RebuildAnswer> AcceptedAsync(
        NpgsqlConnection owner,
        string projection,
        CancellationToken cancellation
    ) => new RebuildAnswer.Accepted((await RebuildRows.NewestAsync(owner, projection, cancellation))!);
}
