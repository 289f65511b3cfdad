using System.CommandLine;
using Trading.Configuration;

namespace Trading.Tools.Connect;

/// <summary>How a verb is told which database to work on: by its options, then by the service's own settings.</summary>
internal sealed class ConnectionOptions
{
    /// <summary>The environment variable with a connection string.</summary>
    public const string Variable = "TRADING_POSTGRES";

    /// <summary>The environment variable with the data folder.</summary>
    public const string DataVariable = "TRADING_DATA";

    private const string DefaultFolder = ".data";

    private readonly Option<string?> _connection = new("--connection")
    {
        Description = $"Npgsql connection string. Default: {Variable}; without it, the private PostgreSQL of --data.",
        HelpName = "string",
    };

    private readonly Option<string?> _data = new("--data")
    {
        Description =
            "Data folder of a service with a private PostgreSQL, which is started for the while when the service does not "
            + $"run. Default: {DataVariable}, otherwise {DefaultFolder}.",
        HelpName = "folder",
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

    /// <summary>Opens the database: the one that an option names, otherwise the one that the settings name.</summary>
    /// <exception cref="ToolException">None was given, and there is no private PostgreSQL or it cannot be used.</exception>
    /// <exception cref="SettingsFileException">The settings file cannot be read or understood.</exception>
    public async Task<OpenedDatabase> OpenAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var variables = EnvironmentVariables.Read();
        var folder = parsed.GetValue(_data);
        if (Text(parsed.GetValue(_connection)) is { } given)
        {
            return new(given, null, variables, folder);
        }

        if (folder is null && Text(variables.GetValueOrDefault(Variable)) is { } configured)
        {
            return new(configured, null, variables, null);
        }

        folder ??= Text(variables.GetValueOrDefault(DataVariable)) ?? DefaultFolder;
        var cluster = await PrivateCluster.OpenAsync(folder, parsed.GetValue(_database)!, cancellation);
        return new(cluster.ConnectionString, cluster, variables, folder);
    }

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}
