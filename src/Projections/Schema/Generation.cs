using Trading.Domain.Logs;

namespace Trading.Projections.Schema;

/// <summary>One filling of a read model: a table and a checkpoint of its own. The view shows one of them.</summary>
/// <param name="Model">The code that fills it.</param>
/// <param name="Number">Grows with every filling; a new database begins with the version of its code.</param>
internal sealed record Generation(ReadModel Model, int Number)
{
    /// <summary>Names its checkpoint, for example <c>accounts@1</c>.</summary>
    public string Projection => NameOf(Model.Name, Number);

    /// <summary>Its table.</summary>
    public string Table => TableOf(Model.Name, Number);

    public static string NameOf(string model, int number) => $"{model}@{number}";

    public static string TableOf(string model, int number) => $"read_tables.{model}_{number}";
}

/// <summary>What a generation is for.</summary>
internal enum GenerationState
{
    /// <summary>Readers see it.</summary>
    Live,

    /// <summary>Is to be seen once it has caught up.</summary>
    Filling,

    /// <summary>Was seen before the live one, and may be again.</summary>
    Previous,

    /// <summary>For a comparison only.</summary>
    Scratch,

    /// <summary>To be dropped.</summary>
    Retired,
}

/// <summary>A generation as the database has it; this program may not know its version.</summary>
internal sealed record StoredGeneration(string Model, int Number, int Version, GenerationState State, Offset Checkpoint)
{
    /// <summary>Names its checkpoint.</summary>
    public string Projection => Generation.NameOf(Model, Number);

    /// <summary>Its table.</summary>
    public string Table => Generation.TableOf(Model, Number);
}
