using Npgsql;

namespace Trading.Tools.Doctor.Checks;

/// <summary>Whether the server lets the login in, into the database named.</summary>
internal sealed class DatabaseCredentials : ICheck
{
    public string Name => "database login";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await installation.ConnectAsync(cancellation);
            return Diagnosis.Ok($"{connection.UserName} is let into {connection.Database}.");
        }
        catch (PostgresException refused)
        {
            return refused.SqlState switch
            {
                PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                    Diagnosis.Fail(
                        $"The server refuses the login: {refused.MessageText}.",
                        "Check Username and Password in TRADING_POSTGRES, and pg_hba.conf on the server."
                    ),
                PostgresErrorCodes.InvalidCatalogName => Diagnosis.Fail(
                    $"There is no such database: {refused.MessageText}.",
                    "Create it (createdb), or name another one in TRADING_POSTGRES."
                ),
                PostgresErrorCodes.TooManyConnections => Diagnosis.Fail(
                    "The server has no connection left.",
                    "Raise max_connections, or find who holds them in pg_stat_activity."
                ),
                _ => Diagnosis.Fail(
                    $"The server refuses: {refused.MessageText} ({refused.SqlState}).",
                    "Its log says more."
                ),
            };
        }
    }
}
