using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using FluentAssertions;
using Trading.Domain;
using Trading.EventStore;
using Trading.EventStore.Secrets;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>Another process erases a user whose session runs here.</summary>
public sealed class ErasureTests : IAsyncLifetime
{
    private const string OtherId = "22222222-2222-4222-8222-222222222222";
    private const long OtherAccount = 5_150_712;
    private static readonly long Account = long.Parse(LiveService.Account);

    private readonly LiveService _service = new();

    public Task InitializeAsync() => _service.InitializeAsync();

    public Task DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task An_erased_users_session_stops_here_and_nobody_elses_does()
    {
        await _service.GrantAsync(UserKey.Of(OtherId), OtherId, null, "trader-2-access-token", [$"{OtherAccount}"]);
        (await StartAsync(OtherId)).StatusCode.Should().Be(HttpStatusCode.OK);
        await Eventually.Be(() => Linked().Order().SequenceEqual([Account, OtherAccount]));
        await using var socket = await AccountOfAsync(LiveService.UserId);
        await using var others = await AccountOfAsync(OtherId);

        var at = await EraseAsync();

        await Eventually.Be(() => Linked().SequenceEqual([OtherAccount]));
        await socket.UntilClosedAsync();
        socket.CloseStatus.Should().Be(WebSocketCloseStatus.PolicyViolation);
        socket.CloseReason.Should().Be("the user was erased");
        _service.Sandbox.Control.MoveCash(OtherAccount, 1m);
        await others.UntilAsync("balance");

        using var user = _service.Trader();
        user.DefaultRequestHeaders.Add("X-Min-Offset", $"{at}");
        (await user.GetAsync("/account")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await StartAsync(LiveService.UserId)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        Linked().Should().Equal(OtherAccount);
    }

    [Fact]
    public async Task A_socket_that_resumes_from_before_the_erasure_ends_there()
    {
        long seen;
        await using (
            var first = await SocketClient.ConnectAsync(_service.Address, "/ws/account", Token(LiveService.UserId))
        )
        {
            seen = (await first.UntilAsync("snapshot"))["offset"]!.GetValue<long>();
        }

        await EraseAsync();

        await using var again = await SocketClient.ConnectAsync(
            _service.Address,
            $"/ws/account?after={seen}",
            Token(LiveService.UserId)
        );
        await again.UntilClosedAsync();
        again.CloseReason.Should().Be("the user was erased");
    }

    [Fact]
    public async Task Who_consents_anew_starts_anew()
    {
        await EraseAsync();
        await Eventually.Be(() => !Linked().Any());

        await _service.GrantAsync(
            LiveService.User1,
            LiveService.UserId,
            LiveService.Email,
            "demo-access-token",
            [LiveService.Account]
        );
        var answer = await StartAsync(LiveService.UserId);

        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        await Eventually.Be(() => Linked().SequenceEqual([Account]));
        using var user = _service.Trader();
        await Eventually.Be(async () => (await user.GetAsync("/account")).StatusCode == HttpStatusCode.OK);
    }

    private async Task<long> EraseAsync()
    {
        await using var logs = await PostgresLogs.OpenAsync(
            _service.Database.ConnectionString,
            new() { MasterKey = new byte[32] }
        );
        var (at, hadKey) = await new UserErasure(logs, TimeProvider.System).RunAsync(LiveService.User1, default);
        hadKey.Should().BeTrue();
        return at.Value;
    }

    private async Task<SocketClient> AccountOfAsync(string user)
    {
        var socket = await SocketClient.ConnectAsync(_service.Address, "/ws/account", Token(user));
        await socket.UntilAsync("snapshot");
        return socket;
    }

    private async Task<HttpResponseMessage> StartAsync(string user)
    {
        using var bridge = _service.Operator();
        return await bridge.PostAsJsonAsync("/api/start-websocket", new { userId = user });
    }

    private static string Token(string user) => Tokens.For(user);

    /// <summary>Accounts that somebody is logged in to at the broker.</summary>
    private IEnumerable<long> Linked() =>
        _service.Sandbox.Control.State().Connections.SelectMany(link => link.Sessions).Select(one => one.AccountId);
}
