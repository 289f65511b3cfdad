using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Web;
using Trading.EventStore;
using Trading.Sandbox.CTrader;
using Trading.TestKit;

namespace Trading.EndToEnd.World;

/// <summary>A broker, a database and the settings of a service between them.</summary>
internal sealed class TradingWorld : IAsyncDisposable
{
    public const string ApiKey = "end-to-end-api-key-0123456789";

    /// <summary>What seals the users' keys of this world.</summary>
    public static byte[] MasterKey { get; } = new byte[32];

    private readonly DirectoryInfo _folder;

    private TradingWorld(CTraderSandbox sandbox, PostgresDatabase database, DirectoryInfo folder)
    {
        Sandbox = sandbox;
        Database = database;
        _folder = folder;
    }

    public CTraderSandbox Sandbox { get; }

    public PostgresDatabase Database { get; }

    /// <summary>Where the service writes its log files.</summary>
    public string Logs => Path.Combine(_folder.FullName, "logs");

    /// <summary>The service's environment. Change it before starting one.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    public static async Task<TradingWorld> CreateAsync(CTraderSandboxOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("trading-world-");
        var ca = Path.Combine(folder.FullName, "ca.pem");
        var sandbox = await CTraderSandbox.StartAsync(options with { CaPath = ca });
        var world = new TradingWorld(sandbox, await PostgresDatabase.CreateAsync(), folder);
        foreach (
            var (name, value) in new (string, string)[]
            {
                ("TRADING_POSTGRES", world.Database.ConnectionString),
                ("TRADING_API_KEY", ApiKey),
                ("TRADING_MASTER_KEY", Convert.ToBase64String(MasterKey)),
                ("TRADING_DATA", Path.Combine(folder.FullName, "data")),
                ("TRADING_LOGS", world.Logs),
                ("SUPABASE_URL", Tokens.Project),
                ("SUPABASE_JWT_SECRET", Tokens.Secret),
                ("CTRADER_CLIENT_ID", options.ClientId),
                ("CTRADER_CLIENT_SECRET", options.ClientSecret),
                ("CTRADER_HOST", "localhost"),
                ("CTRADER_PORT", sandbox.Port.ToString()),
                ("CTRADER_CA", ca),
                ("CTRADER_AUTHORIZE_URL", $"{sandbox.OAuthAddress}apps/auth"),
                ("CTRADER_TOKEN_URL", $"{sandbox.OAuthAddress}apps/token"),
                ("RATE_LIMIT_PER_MINUTE", "0"),
                ("PUBLIC_TICKS", "true"),
            }
        )
        {
            world.Variables[name] = value;
        }

        return world;
    }

    /// <summary>Makes an account of the sandbox the service's configured price source.</summary>
    public void ConfigureFeed(string accessToken, long accountId)
    {
        Variables["CTRADER_ACCESS_TOKEN"] = accessToken;
        Variables["CTRADER_ACCOUNT_ID"] = accountId.ToString();
    }

    /// <summary>The logs as a reader sees them. The service need not have run yet.</summary>
    public Task<PostgresLogs> OpenLogsAsync() =>
        PostgresLogs.OpenAsync(Database.ConnectionString, new() { ReadOnly = true, MasterKey = MasterKey });

    public Task<ServiceProcess> StartServiceAsync() => ServiceProcess.StartAsync(Variables);

    /// <summary>Lets a trader consent in the browser's way: start, consent page, callback. The session runs afterwards.</summary>
    public async Task<Trader> ConsentAsync(ServiceProcess service, SandboxUser user, long accountId)
    {
        var trader = new Trader(Guid.CreateVersion7(), $"{user.AccessToken}@example.com", accountId);
        using var start = await trader.GetAsync(service, "ctrader/oauth/start");
        start.EnsureSuccessStatusCode();
        using var begun = await JsonDocument.ParseAsync(await start.Content.ReadAsStreamAsync());
        var consent = HttpUtility.ParseQueryString(new Uri(begun.RootElement.GetProperty("url").GetString()!).Query);

        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var page = await browser.GetAsync(new Uri(begun.RootElement.GetProperty("url").GetString()!));
        page.EnsureSuccessStatusCode();
        var html = await page.Content.ReadAsStringAsync();
        var option = html.IndexOf($">{user.Name}</option>", StringComparison.Ordinal);
        var userId = html[(html.LastIndexOf("value=", option, StringComparison.Ordinal) + 6)..option];
        using var allowed = await browser.PostAsync(
            new Uri(Sandbox.OAuthAddress, "consent"),
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["redirect_uri"] = consent["redirect_uri"]!,
                    ["scope"] = consent["scope"]!,
                    ["state"] = consent["state"]!,
                    ["user"] = userId,
                    ["answer"] = "allow",
                }
            )
        );
        if (allowed.StatusCode != HttpStatusCode.Redirect)
        {
            throw new InvalidOperationException($"The consent page answered {allowed.StatusCode}.");
        }

        // The redirect names the address the service gives itself; the test reaches it on its own port.
        var query = allowed.Headers.Location!.Query;
        using var done = await service.Http.GetAsync($"ctrader/oauth/callback{query}");
        if (!done.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(
                $"The callback answered {done.StatusCode}: {await done.Content.ReadAsStringAsync()}\n{service.Output}"
            );
        }

        return trader;
    }

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        await ((IAsyncDisposable)Database).DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>A person with a token.</summary>
internal sealed record Trader(Guid Id, string Email, long AccountId)
{
    public string Token { get; } = Tokens.Of(Id, Email, TimeProvider.System.GetUtcNow());

    public async Task<HttpResponseMessage> GetAsync(ServiceProcess service, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return await service.Http.SendAsync(request);
    }

    /// <summary>The answer's JSON, or null when it is not 200.</summary>
    public async Task<JsonElement?> ReadAsync(ServiceProcess service, string path)
    {
        using var answer = await GetAsync(service, path);
        return answer.StatusCode == HttpStatusCode.OK
            ? JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync())
            : null;
    }
}
