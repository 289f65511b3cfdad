using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Trading.Sandbox.CTrader;
using Trading.Sandbox.Tests.Support;
using Trading.TestKit;

namespace Trading.Sandbox.Tests.Control;

public sealed class Consent_and_control_over_http : SandboxTest
{
    private const string Redirect = "http://127.0.0.1:9/callback?x=1";

    private readonly FakeClock _clock = new();
    private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false });

    private protected override CTraderSandboxOptions Options => base.Options with { Time = _clock };

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _http.BaseAddress = Sandbox.OAuthAddress;
    }

    [Fact]
    public async Task A_consent_leads_back_with_a_code_and_the_state_and_the_code_buys_tokens_once()
    {
        var page = await _http.GetStringAsync(
            $"my/settings/openapi/grantingaccess/?client_id=sandbox-app&scope=trading&state=s1&redirect_uri={Uri.EscapeDataString(Redirect)}"
        );
        page.Should().Contain("Demo Trader").And.Contain("value=\"s1\"");
        var code = await ConsentAsync();

        var granted = await TokenAsync($"grant_type=authorization_code&code={code}");
        var again = await TokenAsync($"grant_type=authorization_code&code={code}");

        granted.GetProperty("expiresIn").GetInt64().Should().Be(2_628_000);
        granted.GetProperty("tokenType").GetString().Should().Be("bearer");
        granted.GetProperty("errorCode").ValueKind.Should().Be(JsonValueKind.Null);
        again.GetProperty("errorCode").GetString().Should().NotBeNull();
        again.GetProperty("accessToken").ValueKind.Should().Be(JsonValueKind.Null);
        var token = granted.GetProperty("accessToken").GetString()!;
        Keep(await WireClient.LogInAsync(Sandbox, 5_150_705, token));
    }

    [Fact]
    public async Task A_code_is_worth_nothing_after_a_minute()
    {
        var code = await ConsentAsync();
        _clock.Advance(TimeSpan.FromMinutes(1));

        var late = await TokenAsync($"grant_type=authorization_code&code={code}");

        late.GetProperty("errorCode").GetString().Should().Be("ACCESS_DENIED");
    }

    [Fact]
    public async Task A_refresh_token_works_once_and_only_for_the_application()
    {
        var first = await TokenAsync("grant_type=refresh_token&refresh_token=demo-refresh-token");
        var second = await TokenAsync("grant_type=refresh_token&refresh_token=demo-refresh-token");
        var wrong = await _http.GetFromJsonAsync<JsonElement>(
            "apps/token?grant_type=refresh_token&client_id=sandbox-app&client_secret=no&refresh_token=x"
        );

        first.GetProperty("refreshToken").GetString().Should().NotBe("demo-refresh-token");
        second.GetProperty("errorCode").GetString().Should().Be("ACCESS_DENIED");
        wrong.GetProperty("errorCode").GetString().Should().Be("CH_CLIENT_AUTH_FAILURE");
    }

    [Fact]
    public async Task The_state_is_read_and_changed_over_http()
    {
        (await _http.PostAsync("accounts/5150705/deposit?amount=12.34", content: null)).EnsureSuccessStatusCode();
        (
            await _http.PostAsJsonAsync(
                "accounts/5150705/orders",
                new
                {
                    symbol = "GBPUSD",
                    volume = 100_000,
                    buy = false,
                }
            )
        ).EnsureSuccessStatusCode();
        (await _http.PostAsync("prices/EURUSD?bid=1.1&ask=1.1002", content: null)).EnsureSuccessStatusCode();
        (
            await _http.PostAsJsonAsync(
                "faults",
                new
                {
                    kind = "Refuse",
                    payloadType = 2121,
                    errorCode = "TIMEOUT_ERROR",
                }
            )
        ).EnsureSuccessStatusCode();

        var account = await _http.GetFromJsonAsync<JsonElement>("state/5150705");
        var all = await _http.GetFromJsonAsync<JsonElement>("state");
        var faults = await _http.GetFromJsonAsync<JsonElement>("faults");

        account.GetProperty("balance").GetDecimal().Should().Be(10_012.34m);
        account.GetProperty("balanceVersion").GetInt64().Should().Be(2);
        account.GetProperty("positions").GetArrayLength().Should().Be(3);
        all.GetProperty("accounts").GetArrayLength().Should().Be(5);
        faults[0].GetProperty("kind").GetString().Should().Be("Refuse");
        (await _http.GetAsync("state/1")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await _http.PostAsync("accounts/5150705/withdraw?amount=99999999", content: null))
            .StatusCode.Should()
            .Be(HttpStatusCode.Conflict);
    }

    private async Task<string> ConsentAsync()
    {
        var answer = await _http.PostAsync(
            "consent",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["redirect_uri"] = Redirect,
                    ["user"] = "700001",
                    ["state"] = "s1",
                    ["answer"] = "allow",
                }
            )
        );
        answer.StatusCode.Should().Be(HttpStatusCode.Redirect);
        var back = answer.Headers.Location!.ToString();
        back.Should().StartWith(Redirect + "&code=").And.EndWith("&state=s1");
        return back.Split("code=")[1].Split('&')[0];
    }

    private Task<JsonElement> TokenAsync(string query) =>
        _http.GetFromJsonAsync<JsonElement>(
            $"apps/token?{query}&redirect_uri={Uri.EscapeDataString(Redirect)}&client_id=sandbox-app&client_secret=sandbox-secret"
        );
}
