namespace Trading.Projections.TimeTravel;

/// <summary>What a replay made of one read model.</summary>
/// <param name="Table">The read model's name.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Sha256">SHA-256 of its rows as <see cref="LogReplay"/> writes them, a line feed after each, in the order of
/// the key: lower-case hex. Whether they were folded in memory or in a database makes no difference.</param>
/// <param name="Parked">Streams that could not be folded, each with the first event that could not.</param>
public sealed record TableHash(string Table, long Rows, string Sha256, IReadOnlyList<string> Parked);
