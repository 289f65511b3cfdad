using System.Diagnostics;
using System.Net;
using FluentAssertions;
using Trading.Api.Configuration;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>Notifications from the database tell of other processes' commits. Without them, events come all the same.</summary>
public sealed class ListenerTests : IAsyncLifetime
{
    private const string Id = "23232323-2323-4323-8323-232323232323";
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(10);

    private readonly ProxiedService _service = new();
    private int _deposits;

    public Task InitializeAsync() => _service.InitializeAsync();

    public Task DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task A_listening_connection_that_died_without_a_word_costs_no_event_and_is_named_if_it_stays()
    {
        await using var other = await PostgresLogs.OpenAsync(_service.Database.ConnectionString, new());
        await using var socket = await SocketClient.ConnectAsync(_service.Address, "/ws/account", Tokens.For(Id));
        await socket.UntilAsync("snapshot");

        _service.Proxy.Deafen().Should().Be(2, "each log listens");
        await ComesAsync(other, socket);
        await ComesAsync(other, socket);

        _service.Proxy.DeafenAll();
        await ComesAsync(other, socket);
        await Eventually.Be(
            async () =>
            {
                using var client = _service.Operator();
                var problems = (await (await client.GetAsync("/health/ready")).JsonAsync())["problems"]!.ToJsonString();
                return problems.Contains("journal stuck") && problems.Contains("market stuck");
            },
            Promised,
            "nobody hears anything"
        );
        await ComesAsync(other, socket);

        _service.Proxy.DeafenAll(deaf: false);
        await Eventually.Be(
            async () => (await _service.Anonymous().GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK,
            Promised
        );
    }

    /// <summary>What another process commits is at the client soon.</summary>
    private async Task ComesAsync(PostgresLogs other, SocketClient socket)
    {
        var began = Stopwatch.GetTimestamp();
        var user = UserKey.Of(Id);
        var id = $"m{++_deposits}";
        var deposit = new FundsDeposited
        {
            AccountId = "1",
            MovementId = id,
            Amount = 1m.ToEvent(),
            Balance = 1m.ToEvent(),
        };
        await other.Journal.AppendAsync(
            new()
            {
                Stream = StreamName.Of("elsewhere", user.Value),
                ExpectedVersion = null,
                Events =
                [
                    new()
                    {
                        Id = EventId.Derived(id),
                        Payload = deposit,
                        OccurredAt = DateTimeOffset.UnixEpoch,
                        CorrelationId = Guid.Empty,
                        CausationId = Guid.Empty,
                        User = user,
                    },
                ],
            },
            default
        );

        var cash = await socket.UntilAsync("cash");

        cash["data"]!["movementId"]!.GetValue<string>().Should().Be(id);
        Stopwatch.GetElapsedTime(began).Should().BeLessThan(TimeSpan.FromSeconds(5));
    }

    private sealed class ProxiedService : Service
    {
        private DeafProxy? _proxy;

        public DeafProxy Proxy => _proxy ?? throw new InvalidOperationException("Not started");

        protected override Task<ServiceSettings> SettingsAsync(ServiceSettings settings)
        {
            _proxy = new(settings.Postgres!);
            return Task.FromResult(settings with { Postgres = _proxy.ConnectionString });
        }

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await Proxy.DisposeAsync();
        }
    }
}
