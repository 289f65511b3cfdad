using Npgsql;
using Trading.EventStore;
using Trading.Projections.Schema;
using Trading.TestKit;
using Trading.Tools.Doctor;

namespace Trading.Tools.Tests.Doctor;

/// <summary>A healthy installation with a real database, for tests to make ill.</summary>
internal sealed class Patient : IAsyncDisposable
{
    private readonly PostgresDatabase? _database;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trading-doctor-tests-");
    private readonly List<string> _logins = [];

    private Patient(PostgresDatabase? database) => _database = database;

    public Dictionary<string, string> Variables { get; } =
        new()
        {
            ["CTRADER_CLIENT_ID"] = "an-application",
            ["CTRADER_CLIENT_SECRET"] = "its-secret",
            ["TRADING_API_KEY"] = "0123456789abcdef0123456789abcdef",
            ["TRADING_MASTER_KEY"] = Convert.ToBase64String([.. Enumerable.Range(7, 32).Select(one => (byte)one)]),
            ["SUPABASE_JWT_SECRET"] = "fedcba9876543210fedcba9876543210fedcba98",
            ["JWT_ISSUER"] = "https://project.supabase.co/auth/v1",
        };

    public string Folder => _folder.FullName;

    public string ConnectionString { get; set; } = "";

    public bool IsPrivate { get; set; }

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public string DatabaseName => Database.Name;

    private PostgresDatabase Database => _database ?? throw new InvalidOperationException("It has no database.");

    /// <summary>A patient whose database nobody is going to ask.</summary>
    public static Patient WithoutDatabase() => new(null) { ConnectionString = "Host=127.0.0.1;Port=1" };

    /// <summary>A patient whose database is empty.</summary>
    public static async Task<Patient> BareAsync()
    {
        var database = await PostgresDatabase.CreateAsync();
        return new(database) { ConnectionString = database.ConnectionString };
    }

    /// <summary>A patient with logs and read models.</summary>
    public static async Task<Patient> HealthyAsync()
    {
        var patient = await BareAsync();
        await EventStoreSchema.MigrateAsync(patient.Database.DataSource);
        await ReadSchema.MigrateAsync(patient.Database.DataSource, default);
        return patient;
    }

    public Installation Installation(Settings? settings = null) =>
        new()
        {
            Settings = settings ?? Settings.Of(Variables, Path.Combine(Folder, ".env")),
            DataFolder = Folder,
            ConnectionString = ConnectionString,
            IsPrivate = IsPrivate,
            Time = Time,
        };

    /// <summary>What a check says.</summary>
    public async Task<Diagnosis> AskAsync(ICheck check, Settings? settings = null)
    {
        await using var installation = Installation(settings);
        return await Examination.RunAsync(check, installation, default);
    }

    /// <summary>Runs a statement as the superuser.</summary>
    public async Task DoAsync(string sql)
    {
        await using var command = Database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A login that is no superuser. Logins belong to the cluster, so they go with the patient.</summary>
    public async Task<string> LoginAsync(string options = "", params string[] roles)
    {
        var name = $"doctor_{Guid.NewGuid():N}";
        await DoAsync($"CREATE ROLE {name} LOGIN PASSWORD 'right' {options}");
        _logins.Add(name);
        foreach (var role in roles)
        {
            await DoAsync($"GRANT {role} TO {name}");
        }

        ConnectionString = new NpgsqlConnectionStringBuilder(Database.ConnectionString)
        {
            Username = name,
            Password = "right",
        }.ConnectionString;
        return name;
    }

    public async Task<PostgresLogs> LogsAsync(byte[]? masterKey = null) =>
        await PostgresLogs.OpenAsync(Database.ConnectionString, new() { MasterKey = masterKey ?? new byte[32] });

    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync();
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        foreach (var login in _logins)
        {
            await TestCluster.ExecuteAsync($"DROP ROLE {login}");
        }

        _folder.Delete(recursive: true);
    }
}
