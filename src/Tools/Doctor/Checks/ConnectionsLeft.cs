namespace Trading.Tools.Doctor.Checks;

/// <summary>A server whose connections are used up refuses the next one, at the worst moment.</summary>
/// <param name="least">Connections that should be free.</param>
internal sealed class ConnectionsLeft(int least = 20) : ICheck
{
    public string Name => "connections";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var (most, used) = (
            await installation.QueryAsync(
                """
                select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
                  (select count(*) from pg_stat_activity where backend_type = 'client backend')::int
                """,
                reader => (reader.GetInt32(0), reader.GetInt32(1)),
                cancellation
            )
        )[0];
        return most - used < least
            ? Diagnosis.Warn(
                $"{used} of {most} connections are taken; the service may need {least} more.",
                "Raise max_connections and restart the server, or find who holds them in pg_stat_activity."
            )
            : Diagnosis.Ok($"{used} of {most} are taken.");
    }
}
