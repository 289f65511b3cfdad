using Trading.Postgres;

namespace Trading.Tools.Doctor.Checks;

/// <summary>Behind a pooler that gives every transaction another session, nothing that belongs to a session holds.</summary>
internal sealed class TransactionPooling : ICheck
{
    public string Name => "database sessions";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        // Whoever is not let in is told so by another check.
        await using (await installation.ConnectAsync(cancellation)) { }

        return await TransactionPooler.IsInFrontAsync(installation.ConnectionString!, cancellation)
            ? Diagnosis.Fail(
                "A pooler gives every transaction another server session.",
                "Use the pooler's session mode (PgBouncer: pool_mode = session), or connect to the server itself."
            )
            : Diagnosis.Ok("A connection keeps its session.");
    }
}
