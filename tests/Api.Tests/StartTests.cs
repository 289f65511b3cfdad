using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using FluentAssertions;
using Trading.Api.Configuration;
using Trading.Api.Hosting;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>What keeps the service from starting is told before anything is begun, in one line.</summary>
public sealed class StartTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-start-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("PORT")]
    [InlineData("WS_PORT")]
    public async Task A_port_in_use_is_told_before_a_database_is_made(string variable)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var start = new ProcessStartInfo("dotnet", [typeof(SettingsReader).Assembly.Location])
        {
            WorkingDirectory = _folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (
            var name in start
                .Environment.Keys.Where(name => name.StartsWith("TRADING_", StringComparison.Ordinal))
                .ToArray()
        )
        {
            start.Environment.Remove(name);
        }

        start.Environment["CTRADER_CLIENT_ID"] = "app";
        start.Environment["CTRADER_CLIENT_SECRET"] = "secret";
        start.Environment["HOST"] = "127.0.0.1";
        start.Environment["PORT"] = "0";
        start.Environment[variable] = port.ToString(CultureInfo.InvariantCulture);
        using var service = Process.Start(start)!;
        var (said, shown) = (service.StandardError.ReadToEndAsync(), service.StandardOutput.ReadToEndAsync());
        await service.WaitForExitAsync().WaitAsync(Patience);

        service.ExitCode.Should().Be(69);
        var line = (await said).Trim();
        line.Should().Contain($"Port {port} on 127.0.0.1 is in use").And.Contain($"({variable})").And.NotContain("\n");
        if (OperatingSystem.IsLinux())
        {
            line.Should().Contain($"(pid {Environment.ProcessId})", "that is who holds it");
        }

        (await shown).Should().BeEmpty("no log tells it a second time");
        Directory.EnumerateFileSystemEntries(_folder).Should().BeEmpty("nothing was begun");
    }

    [Fact]
    public async Task Another_master_key_than_that_of_the_database_is_refused_by_its_variable()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using (
            var logs = await PostgresLogs.OpenAsync(database.ConnectionString, new() { MasterKey = new byte[32] })
        )
        {
            await logs.Sealer.SealAsync(UserKey.Of("ann"), "a token", default);
        }

        var other = RandomNumberGenerator.GetBytes(32);
        var settings = Service.Settings(database.ConnectionString) with { MasterKey = other };
        var start = async () => await TradingService.StartAsync(settings);

        (await start.Should().ThrowAsync<SettingsException>())
            .Which.Message.Should()
            .Contain("TRADING_MASTER_KEY")
            .And.Contain("1 of 1 users")
            .And.NotContain(Convert.ToBase64String(other));
        await using var rotating = await TradingService.StartAsync(settings with { FormerMasterKeys = [new byte[32]] });
    }
}

/// <summary>A rebuild folds what is sealed: while a user's key is missing, the service begins none.</summary>
public sealed class LostKeyTests(Service service) : IClassFixture<Service>
{
    [Fact]
    public async Task A_rebuild_is_refused_that_would_lose_what_is_sealed_for_a_user()
    {
        var user = UserKey.Of("lost");
        await using var logs = await PostgresLogs.OpenAsync(
            service.Database.ConnectionString,
            new() { Migrate = false, MasterKey = new byte[32] }
        );
        var described = new AccountDescribed
        {
            AccountId = "1",
            UserKey = user.Value,
            Currency = "USD",
            Login = "the login",
        };
        await logs.Journal.AppendAsync(
            new()
            {
                Stream = StreamName.Of("session", user.Value),
                ExpectedVersion = null,
                Events = [EventEnvelope.Of(described, DateTimeOffset.UnixEpoch, user)],
            },
            default
        );
        await logs.Sealer.DestroyAsync(user, default);
        using var client = service.Operator();

        var accounts = await client.PostAsJsonAsync("/api/v1/projections/accounts/rebuilds", new { });
        var candles = await client.PostAsJsonAsync("/api/v1/projections/candles/rebuilds", new { });

        accounts.StatusCode.Should().Be(HttpStatusCode.Conflict);
        var refusal = await accounts.JsonAsync();
        refusal["code"]!.GetValue<string>().Should().Be("REBUILD_REFUSED");
        refusal["detail"]!.GetValue<string>().Should().Contain("the key is missing").And.Contain(user.Value);
        candles.StatusCode.Should().Be(HttpStatusCode.Accepted, "ticks are of no user");
    }
}
