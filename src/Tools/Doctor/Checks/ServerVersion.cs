namespace Trading.Tools.Doctor.Checks;

/// <summary>Older servers have no views that check the reader's own rights, on which the separation of users rests.</summary>
/// <param name="oldest">The oldest major version that does.</param>
internal sealed class ServerVersion(int oldest = 15) : ICheck
{
    public string Name => "PostgreSQL version";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        await using var connection = await installation.ConnectAsync(cancellation);
        var version = connection.PostgreSqlVersion;
        return version.Major < oldest
            ? Diagnosis.Fail(
                $"The server is PostgreSQL {version}; {oldest} or later is needed.",
                "Upgrade it (pg_upgrade, or dump and restore: offsets and the chain survive both)."
            )
            : Diagnosis.Ok($"PostgreSQL {version}.");
    }
}
