using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EmbeddedPostgres;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>A fail-over that leaves connections to the former primary open: they take no writes any more, new ones do.</summary>
public sealed class FailOverTests : IAsyncLifetime
{
    private static readonly TimeSpan Seconds = TimeSpan.FromSeconds(10);
    private static readonly long Account = long.Parse(LiveService.Account, CultureInfo.InvariantCulture);

    private EmbeddedPostgresCluster _cluster = null!;
    private LiveService _service = null!;

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartPrivateAsync();
        await _cluster.CreateDatabaseAsync("trading");
        _service = new() { Postgres = _cluster.ConnectionString("trading") };
        await _service.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _service.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Within_seconds_all_is_recorded_again_nothing_is_missing_and_nothing_doubled()
    {
        using var trader = _service.Trader();
        using var bridge = _service.Operator();
        using var depositing = new CancellationTokenSource();
        var deposits = DepositAsync(depositing.Token);
        await Eventually.Be(async () => (await RecordedAsync()).Count >= 10);
        // Every pool has been used: sessions of all of them are open.
        (await trader.GetAsync("/ctrader/oauth/start"))
            .StatusCode.Should()
            .Be(HttpStatusCode.OK);
        (await bridge.GetAsync("/api/v1/projections")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await SessionsFromBeforeAsync(TimeProvider.System.GetUtcNow())).Should().NotBeEmpty();

        // Sessions that begin from here on take writes: whenever the service opens one, it may keep it.
        var turned = TimeProvider.System.GetUtcNow();
        await DoAsync("ALTER DATABASE trading SET default_transaction_read_only = off");
        await DoAsync("ALTER SYSTEM SET default_transaction_read_only = on");
        await DoAsync("SELECT pg_reload_conf()");

        var before = (await RecordedAsync()).Count;
        await Eventually.Be(async () => (await RecordedAsync()).Count >= before + 20, Seconds);
        await Eventually.Be(async () => await StatusAsync("/health/ready") == HttpStatusCode.OK, Seconds);
        (await trader.GetAsync("/ctrader/oauth/start")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await bridge.PostAsJsonAsync("/api/v1/projections/orders/rebuilds", new { verify = true }))
            .StatusCode.Should()
            .Be(HttpStatusCode.Accepted);

        await depositing.CancelAsync();
        var notes = await deposits;
        await Eventually.Be(async () => (await RecordedAsync()).Count == notes.Count, Seconds);
        (await RecordedAsync()).Should().Equal(notes);
        var balance = _service.Sandbox.Control.Account(Account).Balance;
        await Eventually.Be(
            async () =>
                (await (await trader.GetAsync("/account")).JsonAsync())["balance"]!.GetValue<decimal>() == balance,
            Seconds
        );
        await Eventually.Pass(async () => (await SessionsFromBeforeAsync(turned)).Should().BeEmpty(), Seconds);
        (await StatusAsync("/health/ready")).Should().Be(HttpStatusCode.OK);
    }

    private async Task<List<string>> DepositAsync(CancellationToken stopping)
    {
        var notes = new List<string>();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(40));
        try
        {
            while (await pace.WaitForNextTickAsync(stopping))
            {
                var note = $"deposit {notes.Count + 1}";
                _service.Sandbox.Control.MoveCash(Account, 1m, note).Accepted.Should().BeTrue();
                notes.Add(note);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }

        return notes;
    }

    // By a connection of its own: the service's are what is tested.
    private async Task<List<string>> RecordedAsync()
    {
        var journal = _service.Running.Services.GetRequiredService<IEventLog>();
        var notes = new List<string>();
        await foreach (var batch in journal.ReadAsync(Offset.Start, default))
        {
            notes.AddRange(batch.Select(e => e.Decode()).OfType<FundsDeposited>().Select(e => e.Note));
        }

        return notes;
    }

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var anyone = _service.Anonymous();
        return (await anyone.GetAsync(path)).StatusCode;
    }

    private async Task<List<string>> SessionsFromBeforeAsync(DateTimeOffset moment)
    {
        await using var source = NpgsqlDataSource.Create(_cluster.ConnectionString("postgres"));
        await using var command = source.CreateCommand(
            """
            SELECT application_name || ' ' || coalesce(query, '') FROM pg_stat_activity
            WHERE datname = 'trading' AND backend_type = 'client backend' AND backend_start < $1
            """
        );
        command.Parameters.Add(new() { Value = moment.UtcDateTime });
        await using var reader = await command.ExecuteReaderAsync();
        var sessions = new List<string>();
        while (await reader.ReadAsync())
        {
            sessions.Add(reader.GetString(0));
        }

        return sessions;
    }

    private async Task DoAsync(string sql)
    {
        var address = new NpgsqlConnectionStringBuilder(_cluster.ConnectionString("postgres"))
        {
            Pooling = false,
            Options = "-c default_transaction_read_only=off",
        };
        await using var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
