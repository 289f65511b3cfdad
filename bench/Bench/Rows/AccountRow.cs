using Npgsql;
using Trading.Bench.Clients;
using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Bench.Stage;
using Trading.Domain;

namespace Trading.Bench.Rows;

/// <summary>One account over HTTP, from the read model, with a token that is checked each time.</summary>
internal sealed class AccountRow : IRow
{
    public string Key => "account";

    public string What => "GET /account over HTTP, from the read model";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var connectionString = await run.DatabaseAsync(cancellation);
        ClientCount count;
        await using (var stage = await BrokerStage.StartAsync(run, connectionString, cancellation))
        {
            var token = ServiceOnStage.TokenOf(BrokerStage.UserId);
            await AnswersAsync(stage.Service.Port, token, cancellation);
            var job = new ClientJob(
                "http",
                "127.0.0.1",
                stage.Service.Port,
                "/account",
                $"Authorization: Bearer {token}\r\n",
                KestrelLimit.Connections,
                run.Seconds,
                []
            );
            count = await ClientProcess.RunAsync(job, null, cancellation);
        }

        return new()
        {
            Ours = [new("GET /account", count.PerSecond, "requests/s", count.Waits())],
            Limits =
            [
                await KestrelLimit.EmptyEndpointAsync(run, cancellation),
                await PointReadAsync(run, connectionString, cancellation),
            ],
            Marks = [Mark.AtLeast(count.PerSecond, 20_000, "requests/s"), Mark.AtMost(count.P99, 10, "ms p99")],
            How =
                $"{KestrelLimit.Connections} keep-alive connections over bare sockets from another process on the same machine, one "
                + "request at a time each, every answer read whole. The point read asks the same row of PostgreSQL by key, "
                + "prepared, without HTTP, JSON or row-level security.",
        };
    }

    private static Task AnswersAsync(int port, string token, CancellationToken cancellation)
    {
        return Until.TrueAsync("GET /account answers 200", AskAsync, cancellation);

        async Task<bool> AskAsync()
        {
            using var http = new HttpClient();
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/account"), cancellation);
            return answer.IsSuccessStatusCode;
        }
    }

    private static async Task<Figure> PointReadAsync(
        BenchRun run,
        string connectionString,
        CancellationToken cancellation
    )
    {
        await using var database = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 8, AutoPrepareMinUsages = 1 }
        );
        var user = UserKey.Of(BrokerStage.UserId).Value;
        var (perSecond, waits) = await Load.RunAsync(
            PostgresLimits.Connections,
            run.Seconds,
            async (_, token) =>
            {
                await using var command = database.CreateCommand(
                    "SELECT * FROM read_tables.accounts_1 WHERE user_key = $1 AND account_id = $2"
                );
                command.Parameters.Add(new() { Value = user });
                command.Parameters.Add(new() { Value = BrokerStage.Account.ToString() });
                await using var reader = await command.ExecuteReaderAsync(token);
                return await reader.ReadAsync(token) ? 1 : 0;
            },
            cancellation
        );
        return new($"point read, {PostgresLimits.Connections} connections", perSecond, "requests/s", waits);
    }
}
