using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Rebuilding;

/// <summary>A table that is folded from the first event for the sake of a comparison, by the plain path: one pass, full
/// batches, no interruption. It is dropped afterwards.</summary>
internal sealed class FreshFold : IAsyncDisposable
{
    private readonly Ground _ground;
    private readonly Generation _scratch;

    private FreshFold(Ground ground, Generation scratch, IFill fill)
    {
        _ground = ground;
        _scratch = scratch;
        Fill = fill;
    }

    /// <summary>Folds into the table.</summary>
    public IFill Fill { get; }

    /// <summary>The table.</summary>
    public string Table => _scratch.Table;

    /// <summary>The number of its generation.</summary>
    public int Number => _scratch.Number;

    /// <summary>Not to be dropped: whoever goes on later goes on with it.</summary>
    public bool IsKept { get; set; }

    /// <summary>Begins with an empty table, or with the one that an interrupted comparison has left.</summary>
    public static async Task<FreshFold> BeginAsync(
        Ground ground,
        ModelCode code,
        ReadModel version,
        int? left,
        ProjectionMetrics metrics,
        CancellationToken cancellation
    )
    {
        if (
            left is { } number
            && await ResumeAsync(ground, code, version, number, metrics, cancellation) is { } resumed
        )
        {
            return resumed;
        }

        await DropAbandonedAsync(ground, code.Name, cancellation);
        Generation scratch;
        await using (var owner = await ground.Sources.Owner.OpenConnectionAsync(cancellation))
        await using (var transaction = await owner.BeginTransactionAsync(cancellation))
        {
            scratch = await Tables.AddAsync(owner, version, GenerationState.Scratch, cancellation);
            await transaction.CommitAsync(cancellation);
        }

        var fold = new FreshFold(ground, scratch, code.FillOn(ground, scratch, metrics));
        if (!await fold.Fill.BeginAsync(null, cancellation))
        {
            throw new InvalidOperationException($"{scratch.Projection} is new, and taken.");
        }

        return fold;
    }

    /// <summary>Drops the table.</summary>
    public async ValueTask DisposeAsync()
    {
        await Fill.DisposeAsync();
        if (IsKept)
        {
            return;
        }

        await using var owner = await _ground.Sources.Owner.OpenConnectionAsync();
        await Generations.TurnAsync(
            owner,
            _scratch.Projection,
            GenerationState.Scratch,
            GenerationState.Retired,
            CancellationToken.None
        );
        await Tables.DropRetiredAsync(_ground.Sources.Owner, _scratch.Model.Name, CancellationToken.None);
    }

    private static async Task<FreshFold?> ResumeAsync(
        Ground ground,
        ModelCode code,
        ReadModel version,
        int number,
        ProjectionMetrics metrics,
        CancellationToken cancellation
    )
    {
        await using (var owner = await ground.Sources.Owner.OpenConnectionAsync(cancellation))
        {
            var stored = await Generations.OfAsync(owner, code.Name, cancellation);
            if (!stored.Exists(one => one.Number == number && one.State == GenerationState.Scratch))
            {
                return null;
            }
        }

        var scratch = new Generation(version, number);
        var fill = code.FillOn(ground, scratch, metrics);
        if (await fill.BeginAsync(null, cancellation))
        {
            return new(ground, scratch, fill);
        }

        await fill.DisposeAsync();
        return null;
    }

    // Whoever made it was killed: nobody holds it any more.
    private static async Task DropAbandonedAsync(Ground ground, string model, CancellationToken cancellation)
    {
        await using var owner = await ground.Sources.Projector.OpenConnectionAsync(cancellation);
        var abandoned = new List<StoredGeneration>();
        foreach (var one in await Generations.OfAsync(owner, model, cancellation))
        {
            if (
                one.State == GenerationState.Scratch
                && await new CheckpointStore(owner, one.Projection).TryLockAsync(cancellation)
            )
            {
                abandoned.Add(one);
            }
        }

        await using var dropper = await ground.Sources.Owner.OpenConnectionAsync(cancellation);
        foreach (var one in abandoned)
        {
            await Tables.DropAsync(dropper, one, cancellation);
        }
    }
}
