using FluentAssertions;
using Npgsql;
using Trading.TestKit;
using Trading.Tools.Doctor;
using Trading.Tools.Doctor.Checks;
using Xunit;

namespace Trading.Tools.Tests.Doctor;

/// <summary>What is wrong with the way to the database, and with the server.</summary>
public sealed class ServerTests : IAsyncLifetime
{
    private Patient _patient = null!;

    public async Task InitializeAsync() => _patient = await Patient.BareAsync();

    public async Task DisposeAsync() => await _patient.DisposeAsync();

    [Fact]
    public async Task A_server_that_nobody_reaches_is_one_finding_and_not_twenty()
    {
        _patient.ConnectionString = $"Host=127.0.0.1;Port={Ports.Unused()};Username=u;Database=d";

        (await _patient.AskAsync(new DatabaseReachable())).Verdict.Should().Be(Verdict.Fail);
        (await _patient.AskAsync(new DatabaseCredentials())).Verdict.Should().Be(Verdict.Unknown);
        (await _patient.AskAsync(new Migrations())).Verdict.Should().Be(Verdict.Unknown);
    }

    [Fact]
    public async Task A_connection_string_that_is_none_is_told()
    {
        _patient.ConnectionString = "postgres://u:p@host/db";

        (await _patient.AskAsync(new DatabaseReachable())).Verdict.Should().Be(Verdict.Fail);
    }

    [Fact]
    public async Task A_wrong_password_is_told_apart_from_a_server_that_is_away()
    {
        await _patient.LoginAsync();
        _patient.ConnectionString = new NpgsqlConnectionStringBuilder(_patient.ConnectionString)
        {
            Password = "not-the-right-one",
        }.ConnectionString;

        (await _patient.AskAsync(new DatabaseReachable())).Verdict.Should().Be(Verdict.Ok);
        var diagnosis = await _patient.AskAsync(new DatabaseCredentials());
        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().NotContain("not-the-right-one");
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_named()
    {
        _patient.ConnectionString = new NpgsqlConnectionStringBuilder(_patient.ConnectionString)
        {
            Database = "nowhere_to_be_found",
        }.ConnectionString;

        var diagnosis = await _patient.AskAsync(new DatabaseCredentials());

        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain("nowhere_to_be_found");
    }

    [Theory]
    [InlineData("Host=127.0.0.1;SSL Mode=Disable", Verdict.Ok)]
    [InlineData("Host=/var/run/postgresql", Verdict.Ok)]
    [InlineData("Host=db.example.com;SSL Mode=Prefer", Verdict.Fail)]
    [InlineData("Host=db.example.com;SSL Mode=Require", Verdict.Warn)]
    [InlineData("Host=db.example.com;SSL Mode=VerifyFull", Verdict.Ok)]
    internal async Task A_connection_to_another_machine_must_be_encrypted_and_proven(string text, Verdict expected)
    {
        _patient.ConnectionString = text;

        (await _patient.AskAsync(new DatabaseEncryption())).Verdict.Should().Be(expected);
    }

    [Fact]
    public async Task A_server_that_is_too_old_is_told()
    {
        (await _patient.AskAsync(new ServerVersion())).Verdict.Should().Be(Verdict.Ok);
        (await _patient.AskAsync(new ServerVersion(oldest: 99))).Verdict.Should().Be(Verdict.Fail);
    }

    [Fact]
    public async Task A_server_that_does_not_flush_is_told()
    {
        await using var cluster = await TestCluster.StartPrivateAsync();
        await using (var admin = NpgsqlDataSource.Create(cluster.ConnectionString()))
        {
            await using var turnOff = admin.CreateCommand("ALTER SYSTEM SET fsync = off");
            await turnOff.ExecuteNonQueryAsync();
            await using var reload = admin.CreateCommand("SELECT pg_reload_conf()");
            await reload.ExecuteNonQueryAsync();
        }

        _patient.ConnectionString = cluster.ConnectionString();

        await Eventually.Pass(async () =>
        {
            var diagnosis = await _patient.AskAsync(new Durability());
            diagnosis.Verdict.Should().Be(Verdict.Fail);
            diagnosis.What.Should().Contain("fsync");
        });
    }

    [Fact]
    public async Task A_default_that_acknowledges_too_early_is_told()
    {
        await _patient.DoAsync($"ALTER DATABASE {_patient.DatabaseName} SET synchronous_commit = off");

        (await _patient.AskAsync(new Durability())).Verdict.Should().Be(Verdict.Warn);
    }

    [Fact]
    public async Task Connections_that_run_out_are_told()
    {
        (await _patient.AskAsync(new ConnectionsLeft(least: 1))).Verdict.Should().Be(Verdict.Ok);
        (await _patient.AskAsync(new ConnectionsLeft(least: 100_000))).Verdict.Should().Be(Verdict.Warn);
    }

    [Theory]
    [InlineData(-3600, Verdict.Fail)]
    [InlineData(600, Verdict.Fail)]
    [InlineData(10, Verdict.Warn)]
    [InlineData(0, Verdict.Ok)]
    internal async Task Clocks_that_disagree_are_told(int seconds, Verdict expected)
    {
        _patient.Time = new ShiftedClock(TimeSpan.FromSeconds(seconds));

        (await _patient.AskAsync(new DatabaseClock())).Verdict.Should().Be(expected);
    }

    [Fact]
    public async Task A_private_database_that_does_not_run_is_told_and_the_rest_not_looked_at()
    {
        await using var installation = new Installation
        {
            Settings = Settings.Of(_patient.Variables),
            DataFolder = _patient.Folder,
            ConnectionString = null,
            NotRunning = "It is not running.",
            IsPrivate = true,
            Time = TimeProvider.System,
        };

        (await Examination.RunAsync(new DatabaseReachable(), installation, default)).Verdict.Should().Be(Verdict.Warn);
        (await Examination.RunAsync(new ParkedStreams(), installation, default)).Verdict.Should().Be(Verdict.Unknown);
    }

    private sealed class ShiftedClock(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + shift;
    }
}
