using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Microsoft.AspNetCore.WebUtilities;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedLiveService.Name)]
public sealed class ConsentTests(LiveService service)
{
    [Fact]
    public async Task A_consent_makes_the_session_live_and_its_state_is_good_once()
    {
        const string Id = "66666666-6666-4666-8666-666666666666";
        using var user = service.User(Id, "third@example.com");
        var (callback, browser) = await ConsentAsync(user, "Third Trader");

        var settings = await browser.GetAsync(callback);
        settings.StatusCode.Should().Be(HttpStatusCode.OK, await settings.Content.ReadAsStringAsync());
        await Eventually.Be(async () => (await SettingsAsync(user)).Contains("\"session\":\"connected\""));
        (await SettingsAsync(user)).Should().Contain("5150723").And.NotContain("token");
        (await user.GetAsync("/account")).StatusCode.Should().Be(HttpStatusCode.OK);

        await (await browser.GetAsync(callback)).ShouldFailAsync(HttpStatusCode.BadRequest, "INVALID_STATE", "state");
    }

    [Fact]
    public async Task A_consent_that_another_browser_brings_back_is_refused_and_changes_nothing()
    {
        const string Id = "66666666-6666-4666-8666-666666666667";
        const string Other = "66666666-6666-4666-8666-666666666668";
        using var user = service.User(Id);
        using var other = service.User(Other);
        var (callback, browser) = await ConsentAsync(user, "Demo Trader");
        var (_, elsewhere) = await BeginAsync(other);

        using var nobody = service.Anonymous();
        using var forger = service.Bearing(Tokens.Signed(Tokens.Claims(Id), secret: new string('x', 40)));
        foreach (var stranger in (HttpClient[])[nobody, elsewhere, other, forger])
        {
            await (await stranger.GetAsync(callback)).ShouldFailAsync(
                HttpStatusCode.BadRequest,
                "INVALID_STATE",
                "state"
            );
            (await SettingsAsync(user)).Should().Contain("\"connected\":false");
            (await SettingsAsync(other)).Should().Contain("\"connected\":false");
        }

        (await browser.GetAsync(callback)).StatusCode.Should().Be(HttpStatusCode.OK, "the state was not used up");
        (await SettingsAsync(user)).Should().Contain("\"connected\":true");
        (await SettingsAsync(other)).Should().Contain("\"connected\":false");
    }

    [Fact]
    public async Task The_beginner_s_token_stands_for_the_cookie()
    {
        const string Id = "66666666-6666-4666-8666-666666666669";
        using var user = service.User(Id);
        var (callback, _) = await ConsentAsync(user, "Demo Trader");

        (await user.GetAsync(callback)).StatusCode.Should().Be(HttpStatusCode.OK);
        (await SettingsAsync(user)).Should().Contain("\"connected\":true");
    }

    [Fact]
    public async Task A_grant_of_several_accounts_waits_for_the_users_choice()
    {
        const string Id = "77777777-7777-4777-8777-777777777777";
        using var user = service.User(Id);
        var (callback, browser) = await ConsentAsync(user, "Demo Trader");
        (await browser.GetAsync(callback)).EnsureSuccessStatusCode();

        (await SettingsAsync(user)).Should().Contain("\"accountId\":null").And.Contain("5150706");
        await (await user.PutAsJsonAsync("/ctrader/settings", new { running = true })).ShouldFailAsync(
            HttpStatusCode.Conflict,
            "ACCOUNT_NOT_SELECTED",
            "accountId"
        );
        await (await user.PutAsJsonAsync("/ctrader/settings", new { accountId = "5150712" })).ShouldFailAsync(
            HttpStatusCode.Forbidden,
            "ACCOUNT_NOT_GRANTED",
            "accountId"
        );
        var chosen = await user.PutAsJsonAsync("/ctrader/settings", new { accountId = "5150706", running = true });
        chosen.StatusCode.Should().Be(HttpStatusCode.OK, await chosen.Content.ReadAsStringAsync());
        await Eventually.Be(async () => (await user.GetAsync("/account")).StatusCode == HttpStatusCode.OK);
        (await (await user.GetAsync("/account")).JsonAsync())["currency"]!.GetValue<string>().Should().Be("EUR");
    }

    [Theory]
    [InlineData("/ctrader/oauth/callback")]
    [InlineData("/ctrader/oauth/callback?code=abc")]
    [InlineData("/ctrader/oauth/callback?code=abc&state=made-up")]
    public async Task A_callback_without_a_state_of_ours_is_refused(string path) =>
        await (await service.Anonymous().GetAsync(path)).ShouldFailAsync(
            HttpStatusCode.BadRequest,
            "INVALID_STATE",
            "state"
        );

    [Fact]
    public async Task A_wrong_code_is_refused_and_uses_the_state_up()
    {
        using var user = service.User("88888888-8888-4888-8888-888888888888");
        var (start, browser) = await BeginAsync(user);
        var path = $"/ctrader/oauth/callback?code=wrong&state={start["state"]!.GetValue<string>()}";

        await (await browser.GetAsync(path)).ShouldFailAsync(HttpStatusCode.BadRequest, "OAUTH_CODE_REFUSED", "code");
        await (await browser.GetAsync(path)).ShouldFailAsync(HttpStatusCode.BadRequest, "INVALID_STATE", "state");
    }

    [Fact]
    public async Task A_denied_consent_is_told()
    {
        using var user = service.User("88888888-8888-4888-8888-888888888889");
        var (start, browser) = await BeginAsync(user);
        var state = start["state"]!.GetValue<string>();

        await (await browser.GetAsync($"/ctrader/oauth/callback?error=access_denied&state={state}")).ShouldFailAsync(
            HttpStatusCode.BadRequest,
            "OAUTH_DENIED"
        );
    }

    [Fact]
    public async Task A_user_without_a_grant_has_empty_settings_and_cannot_run()
    {
        using var user = service.User("99999999-9999-4999-8999-999999999999");

        var settings = await (await user.GetAsync("/ctrader/settings")).JsonAsync();
        settings["connected"]!.GetValue<bool>().Should().BeFalse();
        settings["session"]!.GetValue<string>().Should().Be("idle");
        await (await user.PutAsJsonAsync("/ctrader/settings", new { running = true })).ShouldFailAsync(
            (HttpStatusCode)428,
            "CTRADER_NOT_CONNECTED"
        );
        foreach (var accountId in (string[])["", " ", new string('9', 3_000)])
        {
            await (await user.PutAsJsonAsync("/ctrader/settings", new { accountId })).ShouldFailAsync(
                HttpStatusCode.BadRequest,
                "VALIDATION_ERROR",
                "accountId"
            );
        }

        await (await user.PutAsJsonAsync("/ctrader/settings", new { })).ShouldFailAsync(
            HttpStatusCode.BadRequest,
            "VALIDATION_ERROR",
            "accountId"
        );
    }

    private static async Task<string> SettingsAsync(HttpClient user) =>
        await (await user.GetAsync("/ctrader/settings")).Content.ReadAsStringAsync();

    /// <summary>Begins a consent: what the start answered, and the browser that got its cookie.</summary>
    private async Task<(JsonNode Start, HttpClient Browser)> BeginAsync(HttpClient user)
    {
        var start = await user.GetAsync("/ctrader/oauth/start");
        var browser = service.Anonymous();
        browser.DefaultRequestHeaders.Add("Cookie", start.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        return (await start.JsonAsync(), browser);
    }

    /// <summary>Plays the browser: from the start over the consent page to the address it is sent back to.</summary>
    private async Task<(string Callback, HttpClient Browser)> ConsentAsync(HttpClient user, string name)
    {
        var (start, began) = await BeginAsync(user);
        var page = new Uri(start["url"]!.GetValue<string>());
        var query = QueryHelpers.ParseQuery(page.Query);
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        var html = await browser.GetStringAsync(page);
        var user1 = html[..html.IndexOf($">{name}<", StringComparison.Ordinal)];
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["redirect_uri"] = query["redirect_uri"]!,
                ["scope"] = query["scope"]!,
                ["state"] = query["state"]!,
                ["user"] = user1[(user1.LastIndexOf("value=", StringComparison.Ordinal) + 6)..].Trim('"'),
                ["answer"] = "allow",
            }
        );
        var back = await browser.PostAsync(new Uri(page, "/consent"), form);
        back.StatusCode.Should().Be(HttpStatusCode.Redirect, await back.Content.ReadAsStringAsync());
        return (back.Headers.Location!.PathAndQuery, began);
    }
}
