using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Brokers.CTrader;
using Trading.Domain.Events;
using Trading.Sandbox.CTrader;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.AgainstSandbox;

public sealed class GrantsTests : IAsyncLifetime
{
    private readonly string _ca = Path.GetTempFileName();
    private CTraderSandbox? _sandbox;

    public async Task InitializeAsync() =>
        _sandbox = await CTraderSandbox.StartAsync(new CTraderSandboxOptions { CaPath = _ca });

    public async Task DisposeAsync()
    {
        await _sandbox!.DisposeAsync();
        File.Delete(_ca);
    }

    [Fact]
    public async Task A_token_tells_its_accounts_and_what_it_may_do()
    {
        var outcome = await Grants().ReadAsync("demo-access-token", CancellationToken.None);

        var listed = outcome.Should().BeOfType<GrantOutcome.Listed>().Subject;
        listed.Scope.Should().Be("trade");
        listed.Accounts.Select(account => account.AccountId).Should().BeEquivalentTo("5150705", "5150706");
        listed.Accounts.Should().OnlyContain(account => account.Environment == BrokerEnvironment.Demo);
    }

    [Theory]
    [InlineData("nobody's token", "sandbox-secret")]
    [InlineData("demo-access-token", "wrong secret")]
    public async Task A_wrong_token_and_a_wrong_secret_are_refused(string token, string secret) =>
        (await Grants(secret).ReadAsync(token, CancellationToken.None)).Should().BeOfType<GrantOutcome.Refused>();

    [Fact]
    public async Task A_broker_that_is_away_is_no_refusal()
    {
        var grants = Grants();
        await _sandbox!.DisposeAsync();
        _sandbox = await CTraderSandbox.StartAsync(new CTraderSandboxOptions());

        (await grants.ReadAsync("demo-access-token", CancellationToken.None))
            .Should()
            .BeOfType<GrantOutcome.Unreachable>();
    }

    private CTraderGrants Grants(string secret = "sandbox-secret") =>
        new(
            new CTraderSettings
            {
                ClientId = "sandbox-app",
                ClientSecret = secret,
                DemoHost = "localhost",
                Port = _sandbox!.Port,
                CaFile = _ca,
            },
            TimeProvider.System,
            NullLoggerFactory.Instance
        );
}
