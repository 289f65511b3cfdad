using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using Trading.TestKit;

namespace Trading.Api.Tests;

/// <summary>A live service in which something is made to stand still.</summary>
internal sealed class StallWorld : IAsyncDisposable
{
    public static readonly TimeSpan Promised = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WellWithin = TimeSpan.FromSeconds(30);
    private SocketClient? _ticks;

    public LiveService Service { get; } = new();

    public Sandbox.CTrader.Control.SandboxControl Broker => Service.Sandbox.Control;

    public static long Account { get; } = long.Parse(LiveService.Account);

    /// <summary>A client watches quotes, and its session is live.</summary>
    public static async Task<StallWorld> StartAsync()
    {
        var world = new StallWorld();
        await world.Service.InitializeAsync();
        await world.WatchAsync();
        return world;
    }

    private async Task WatchAsync()
    {
        _ticks = await SocketClient.ConnectAsync(Service.Address, "/ws", Tokens.For(LiveService.UserId));
        await _ticks.SendAsync("""{"type":"subscribe","symbol":"EURUSD"}""");
        await _ticks.UntilAsync("tick");
    }

    /// <summary>While these locks are held, the parts show as stuck; then all is well again.</summary>
    public async Task HeldAsync(string[] names, params string[] holds)
    {
        await using (var connection = await Service.Database.DataSource.OpenConnectionAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            foreach (var hold in holds)
            {
                await using var command = new NpgsqlCommand(hold, connection);
                await command.ExecuteNonQueryAsync();
            }

            await NamedAsync(names);
            await transaction.RollbackAsync();
        }

        await WellAsync();
    }

    /// <summary>Something happens, and within the promised time these are what keeps the service from being ready.</summary>
    public async Task NamedAsync(params string[] names)
    {
        Broker.MoveCash(Account, 1m);
        Broker.PlaceOrder(Account, new() { Symbol = "EURUSD", Volume = 1_000_000 });
        Broker.SetPrice("EURUSD", 1.1m, 1.2m);
        IReadOnlyList<string> problems = [];
        await Eventually.Be(
            async () =>
            {
                var answer = await ReadyAsync();
                var body = await answer.JsonAsync();
                problems = [.. body["problems"]!.AsArray().Select(one => one!.GetValue<string>())];
                return answer.StatusCode == HttpStatusCode.ServiceUnavailable
                    && names.All(name => problems.Any(one => one.StartsWith(name) && one.Contains("stuck since")));
            },
            Promised,
            string.Join(" and ", names)
        );
    }

    public Task WellAsync() =>
        Eventually.Be(
            async () => (await ReadyAsync()).StatusCode == HttpStatusCode.OK,
            WellWithin,
            "all is well again"
        );

    /// <summary>What is stuck, ours or not.</summary>
    public async Task<IReadOnlyList<string>> StuckAsync() =>
        [
            .. (await (await ReadyAsync()).JsonAsync())["parts"]!
                .AsArray()
                .Where(part => Word(part, "state") == "stuck")
                .Select(part => $"{Word(part, "kind")} {Word(part, "name")}: {Word(part, "detail")}"),
        ];

    public async Task<HttpResponseMessage> ReadyAsync()
    {
        using var client = Service.Operator();
        return await client.GetAsync("/health/ready");
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Service.Database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>How many of the service's connections are in this state.</summary>
    public async Task<long> CountAsync(string condition)
    {
        await using var command = Service.Database.DataSource.CreateCommand(
            $"select count(*) from pg_stat_activity where datname = current_database() and {condition}"
        );
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_ticks is not null)
        {
            await _ticks.DisposeAsync();
        }

        await Service.DisposeAsync();
    }

    private static string Word(JsonNode? part, string name) => part![name]!.GetValue<string>();
}
