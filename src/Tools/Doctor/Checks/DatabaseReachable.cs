using Npgsql;

namespace Trading.Tools.Doctor.Checks;

/// <summary>Whether the server answers at all, whatever it says.</summary>
internal sealed class DatabaseReachable : ICheck
{
    public string Name => "database";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await installation.ConnectAsync(cancellation);
            return Diagnosis.Ok($"PostgreSQL {connection.PostgreSqlVersion} answers on {Place(connection)}.");
        }
        catch (NotRunningException down)
        {
            return Diagnosis.Warn(down.Message, "Start the service: it starts its private PostgreSQL itself.");
        }
        catch (PostgresException answered)
        {
            return Diagnosis.Ok($"The server answers, with {answered.SqlState}.");
        }
        catch (NpgsqlException away)
        {
            return Diagnosis.Fail(
                $"The server cannot be reached: {(away.InnerException ?? away).Message}",
                "Is PostgreSQL running? Are host and port in TRADING_POSTGRES right? Does a firewall stand between?"
            );
        }
        catch (ArgumentException wrong)
        {
            return Diagnosis.Fail(
                $"The connection string is not usable: {wrong.Message}",
                "Write it like Host=db;Port=5432;Database=trading;Username=u;Password=p."
            );
        }
    }

    private static string Place(NpgsqlConnection connection) => $"{connection.Host}:{connection.Port}";
}
