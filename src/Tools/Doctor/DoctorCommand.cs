using System.CommandLine;
using Trading.Tools.Connect;

namespace Trading.Tools.Doctor;

/// <summary>The verb <c>doctor</c>: what is wrong with an installation, and what to do.</summary>
internal sealed class DoctorCommand
{
    private readonly Option<string?> _connection = new("--connection")
    {
        Description =
            $"Npgsql connection string of the service's login. Default: {ConnectionOptions.Variable}; without it, the "
            + "private PostgreSQL of the data folder.",
        HelpName = "string",
    };

    private readonly Option<string?> _data = new("--data")
    {
        Description = "Data folder of the service. Default: TRADING_DATA, otherwise .data.",
        HelpName = "folder",
    };

    private readonly Option<string> _database = new("--database")
    {
        Description = "Name of the database in the private PostgreSQL.",
        HelpName = "name",
        DefaultValueFactory = _ => "trading",
    };

    private readonly Option<string> _settings = new("--env-file")
    {
        Description = "The settings file that stands behind the environment.",
        HelpName = "file",
        DefaultValueFactory = _ => ".env",
    };

    private readonly Option<string[]> _only = new("--only")
    {
        Description = "Run only the checks whose name holds one of these words.",
        HelpName = "word",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line, also on a terminal." };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var verb = new DoctorCommand();
        var command = new Command(
            "doctor",
            """
            Looks at an installation as it stands (settings, secrets, folders, ports, database, logs, projections, token
            issuer, broker) and names what is wrong with it and what to do. Changes nothing and shows no secret.

            Run it where the service runs, as the service's user, with the service's settings.
            Role needed: the service's own login.
            Exit code: 0 all is well, 1 something was found, 2 nothing was found but something could not be looked at.
            On a terminal the result is for people; redirected, it is one JSON object a line.

            Examples:
              trading-tools doctor
              trading-tools doctor --only broker database
              trading-tools doctor --data=/var/lib/trading --env-file=/etc/trading.env --json
            """
        );
        foreach (
            var option in new Option[]
            {
                verb._connection,
                verb._data,
                verb._database,
                verb._settings,
                verb._only,
                verb._json,
            }
        )
        {
            command.Options.Add(option);
        }

        command.SetAction(verb.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var words = parsed.GetValue(_only) ?? [];
        var checks = Examination
            .All.Where(check =>
                words.Length == 0 || words.Any(word => check.Name.Contains(word, StringComparison.OrdinalIgnoreCase))
            )
            .ToList();
        if (checks.Count == 0)
        {
            throw new ToolException(
                $"No check has such a name. There are: {string.Join(", ", Examination.All.Select(check => check.Name))}."
            );
        }

        await using var installation = Find(parsed);
        var report = new DoctorReport(parsed.GetValue(_json) || Console.IsOutputRedirected);
        var verdicts = new List<Verdict>();
        foreach (var check in checks)
        {
            var diagnosis = await Examination.RunAsync(check, installation, cancellation);
            report.Tell(check.Name, diagnosis);
            verdicts.Add(diagnosis.Verdict);
        }

        report.End(verdicts);
        return verdicts.Any(verdict => verdict is Verdict.Fail or Verdict.Warn) ? ExitCode.Found
            : verdicts.Contains(Verdict.Unknown) ? ExitCode.CouldNot
            : ExitCode.Clean;
    }

    private Installation Find(ParseResult parsed)
    {
        var settings = Settings.Read(
            parsed.GetValue(_settings)!,
            Environment.GetEnvironmentVariables(),
            mustExist: parsed.GetResult(_settings) is { Implicit: false }
        );
        var folder = parsed.GetValue(_data) ?? settings["TRADING_DATA"] ?? ".data";
        var given = parsed.GetValue(_connection) ?? settings[ConnectionOptions.Variable];
        var connection = given;
        string? notRunning = null;
        if (given is null)
        {
            try
            {
                connection = PrivateCluster.Running(folder, parsed.GetValue(_database)!);
                notRunning = connection is null
                    ? $"The PostgreSQL of {folder} is not running: the service that owns it starts it."
                    : null;
            }
            catch (ToolException down)
            {
                notRunning = down.Message;
            }
        }

        return new()
        {
            Settings = settings,
            DataFolder = folder,
            ConnectionString = connection,
            NotRunning = notRunning,
            IsPrivate = given is null,
            Time = TimeProvider.System,
        };
    }
}
