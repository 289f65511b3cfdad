using System.CommandLine;

namespace Trading.Tools.Connect;

/// <summary>How a verb is told which database to read.</summary>
internal sealed class ConnectionOptions
{
    /// <summary>The environment variable with a connection string.</summary>
    public const string Variable = "TRADING_POSTGRES";

    private readonly Option<string?> _connection = new("--connection")
    {
        Description = $"Npgsql connection string. Default: {Variable}; without it, the private PostgreSQL of --data.",
        HelpName = "string",
    };

    private readonly Option<string> _data = new("--data")
    {
        Description = "Data folder of a running service with a private PostgreSQL.",
        HelpName = "folder",
        DefaultValueFactory = _ => ".data",
    };

    private readonly Option<string> _database = new("--database")
    {
        Description = "Name of the database in the private PostgreSQL.",
        HelpName = "name",
        DefaultValueFactory = _ => "trading",
    };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_connection);
        command.Options.Add(_data);
        command.Options.Add(_database);
    }

    /// <summary>The connection string to use.</summary>
    /// <exception cref="ToolException">None was given and no private PostgreSQL runs.</exception>
    public async Task<string> ResolveAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var given = parsed.GetValue(_connection) ?? Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrWhiteSpace(given)
            ? await EmbeddedCluster.ConnectionStringAsync(
                parsed.GetValue(_data)!,
                parsed.GetValue(_database)!,
                cancellation
            )
            : given;
    }
}
