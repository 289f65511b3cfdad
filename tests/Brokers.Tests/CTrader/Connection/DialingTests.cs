using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.Tests.CTrader.Peer;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Connection;

public sealed class DialingTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private readonly ScriptedBroker _broker;

    public DialingTests() => _broker = new ScriptedBroker(_authority.Issue());

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _broker.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_authority_is_refused()
    {
        var outcome = await DialAsync(caFile: null);

        outcome.Should().BeOfType<DialOutcome.Failed>().Which.Fault.Kind.Should().Be(LinkFaultKind.CertificateRefused);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        using var other = new TestAuthority();

        var outcome = await DialAsync(other.PemFile);

        outcome.Should().BeOfType<DialOutcome.Failed>().Which.Fault.Kind.Should().Be(LinkFaultKind.CertificateRefused);
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("somewhere.else", false)]
    public async Task An_expired_certificate_and_one_of_another_name_are_refused(string host, bool expired)
    {
        await using var broker = new ScriptedBroker(_authority.Issue(host, expired));

        var outcome = await DialAsync(_authority.PemFile, broker.Port);

        outcome.Should().BeOfType<DialOutcome.Failed>().Which.Fault.Kind.Should().Be(LinkFaultKind.CertificateRefused);
    }

    [Fact]
    public async Task Nobody_listening_is_an_outcome()
    {
        var port = _broker.Port;
        await _broker.DisposeAsync();

        var outcome = await DialAsync(_authority.PemFile, port);

        outcome.Should().BeOfType<DialOutcome.Failed>().Which.Fault.Kind.Should().Be(LinkFaultKind.Unreachable);
    }

    [Fact]
    public async Task A_peer_that_accepts_and_never_speaks_is_given_up()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var outcome = await new TlsDialer(
            new BrokerAddress("localhost", port),
            new TlsTrust(_authority.PemFile),
            TimeSpan.FromMilliseconds(300),
            TimeProvider.System
        ).DialAsync(CancellationToken.None);

        outcome.Should().BeOfType<DialOutcome.Failed>().Which.Fault.Kind.Should().Be(LinkFaultKind.Unreachable);
        listener.Stop();
    }

    private Task<DialOutcome> DialAsync(string? caFile, int? port = null) =>
        new TlsDialer(
            new BrokerAddress("localhost", port ?? _broker.Port),
            new TlsTrust(caFile),
            TimeSpan.FromSeconds(10),
            TimeProvider.System
        ).DialAsync(CancellationToken.None);
}
