using Microsoft.Extensions.Logging;
using Trading.Domain.Ports;
using Trading.Projections.Reading;
using Trading.Projections.Rebuilding;
using Trading.Projections.Schema;

namespace Trading.Projections.Running;

/// <summary>What projections run on.</summary>
internal sealed record Ground(
    IEventLog Journal,
    ITickLog Market,
    ReadModelSources Sources,
    ProjectionOptions Options,
    TimeProvider Time,
    ILogger Logger
)
{
    /// <summary>What of the journal cannot be opened here; null where nothing is sealed.</summary>
    public ISealedFields? Sealed { get; init; }
}

/// <summary>One version of the code of a read model.</summary>
/// <param name="Model">Which.</param>
/// <param name="Make">Makes a fold into a generation.</param>
internal sealed record VersionCode<TItem>(ReadModel Model, Func<Generation, Projection<TItem>> Make);

/// <summary>The code of one read model: the newest version, and older ones whose tables may still be served or gone back
/// to. An older version leaves the program one release after its successor came, not with it.</summary>
internal abstract class ModelCode
{
    /// <summary>The model, whatever the version.</summary>
    public string Name => Newest.Name;

    /// <summary>What a rebuild makes.</summary>
    public abstract ReadModel Newest { get; }

    /// <summary>A version, or null when this program does not have it.</summary>
    public abstract ReadModel? Find(int version);

    /// <summary>Folds the journal, not the market log.</summary>
    public abstract bool IsOfJournal { get; }

    /// <summary>Carries whatever generation is live along its log.</summary>
    public abstract IProjectionRunner RunnerOn(Ground ground, ProjectionMetrics metrics);

    /// <summary>Fills a generation of a known version.</summary>
    public abstract IFill FillOn(Ground ground, Generation target, ProjectionMetrics metrics);
}

/// <inheritdoc cref="ModelCode"/>
/// <param name="feed">The log it folds.</param>
/// <param name="most">Most events of a batch.</param>
/// <param name="versions">The newest last.</param>
internal sealed class ModelCode<TItem>(
    Func<Ground, Feed<TItem>> feed,
    Func<ProjectionOptions, int> most,
    params VersionCode<TItem>[] versions
) : ModelCode
{
    public override ReadModel Newest => versions[^1].Model;

    public override bool IsOfJournal => typeof(TItem) == typeof(Domain.Logs.RecordedEvent);

    public override ReadModel? Find(int version) => CodeOf(version)?.Model;

    /// <summary>A fold into a generation, or null when this program does not have its version.</summary>
    public Projection<TItem>? Make(StoredGeneration target) =>
        CodeOf(target.Version) is { } code ? code.Make(new(code.Model, target.Number)) : null;

    public override IProjectionRunner RunnerOn(Ground ground, ProjectionMetrics metrics) =>
        new ProjectionRunner<TItem>(this, feed(ground), ground, most(ground.Options), metrics);

    public override IFill FillOn(Ground ground, Generation target, ProjectionMetrics metrics) =>
        new Fill<TItem>(
            CodeOf(target.Model.Version)!.Make(target),
            feed(ground),
            ground,
            most(ground.Options),
            metrics
        );

    private VersionCode<TItem>? CodeOf(int version) => Array.Find(versions, code => code.Model.Version == version);
}
