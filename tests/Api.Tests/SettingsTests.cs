using System.Net;
using FluentAssertions;
using Trading.Api.Configuration;
using Trading.Domain.Events;
using Xunit;

namespace Trading.Api.Tests;

public sealed class SettingsTests
{
    private static Dictionary<string, string> Least =>
        new() { ["CTRADER_CLIENT_ID"] = "id", ["CTRADER_CLIENT_SECRET"] = "secret" };

    [Theory]
    [InlineData("PORT", "eighty")]
    [InlineData("PORT", "70000")]
    [InlineData("WS_PORT", "-1")]
    [InlineData("HOST", "nowhere.example")]
    [InlineData("SUPABASE_URL", "http://plain.example")]
    [InlineData("SUPABASE_JWT_SECRET", "short")]
    [InlineData("SUPABASE_JWKS_FILE", "/nowhere/keys.json")]
    [InlineData("CTRADER_CA", "/nowhere/ca.pem")]
    [InlineData("CTRADER_ENVIRONMENT", "paper")]
    [InlineData("CTRADER_ACCOUNT_ID", "abc")]
    [InlineData("TRADING_MASTER_KEY", "not base64 of 32 bytes")]
    [InlineData("TRADING_POSTGRES", "no connection string")]
    [InlineData("TRADING_API_KEY", "short")]
    [InlineData("CORS_ORIGINS", "example.com/path")]
    [InlineData("TRUSTED_PROXIES", "proxy.example.com")]
    [InlineData("TRUSTED_PROXIES", "10.0.0.0/33")]
    [InlineData("TRUSTED_PROXIES", "127.0.0.1, 10.1")]
    [InlineData("TRADING_API_KEY_NETWORKS", "everywhere")]
    [InlineData("TRADING_API_KEY_NETWORKS", "fd00::/200")]
    [InlineData("TRADING_METRICS_KEY", "short")]
    [InlineData("PATH_BASE", "/trading?x=1")]
    [InlineData("PUBLIC_TICKS", "perhaps")]
    [InlineData("RATE_LIMIT_PER_MINUTE", "many")]
    [InlineData("LOG_LEVEL", "loud")]
    public void A_wrong_value_is_named_and_not_shown(string name, string value)
    {
        var variables = Least;
        variables[name] = value;

        var read = () => SettingsReader.Read(variables);

        var wrong = read.Should().Throw<SettingsException>().Which;
        wrong.Problems.Should().Contain(problem => problem.StartsWith(name));
        wrong
            .Problems.Where(problem => problem.StartsWith(name))
            .Should()
            .NotContain(problem => problem.Contains(value));
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var read = () =>
            SettingsReader.Read(
                new Dictionary<string, string>
                {
                    ["TRADING_POSTGRES"] = "Host=db",
                    ["PORT"] = "x",
                    ["CTRADER_ACCESS_TOKEN"] = "t",
                }
            );

        string[] names =
        [
            "PORT",
            "CTRADER_CLIENT_ID",
            "CTRADER_CLIENT_SECRET",
            "CTRADER_ACCOUNT_ID",
            "TRADING_API_KEY",
            "TRADING_MASTER_KEY",
        ];
        read.Should()
            .Throw<SettingsException>()
            .Which.Problems.Select(problem => problem.Split(' ')[0])
            .Should()
            .BeEquivalentTo(names);
    }

    [Theory]
    [InlineData("/trading", "/trading")]
    [InlineData("trading/", "/trading")]
    [InlineData("/", "")]
    [InlineData("", "")]
    [InlineData("/a/b", "/a/b")]
    public void The_path_below_which_all_is_mounted_is_read_as_it_is_meant(string given, string read)
    {
        var variables = Least;
        variables["PATH_BASE"] = given;

        SettingsReader.Read(variables).PathBase.Should().Be(read);
    }

    [Fact]
    public void Networks_are_read_of_both_families()
    {
        var variables = Least;
        variables["TRUSTED_PROXIES"] = " 127.0.0.1,10.0.0.0/8 , fd00::/8, ::ffff:192.0.2.0/120 ";

        var proxies = SettingsReader.Read(variables).TrustedProxies;

        string[] inside = ["127.0.0.1", "10.200.1.1", "::ffff:10.200.1.1", "fd12::1", "192.0.2.77"];
        string[] outside = ["127.0.0.2", "11.0.0.1", "fe80::1", "::ffff:11.0.0.1", "192.0.3.1"];
        inside.Should().OnlyContain(address => proxies.Have(IPAddress.Parse(address)));
        outside.Should().OnlyContain(address => !proxies.Have(IPAddress.Parse(address)));
        proxies.Have(null).Should().BeFalse();
    }

    [Fact]
    public void The_bridges_variables_mean_our_own_place()
    {
        var variables = Least;
        variables["HOST"] = "127.0.0.1";
        variables["PORT"] = "3000";
        variables["SUPABASE_URL"] = "https://project-ref.supabase.co";

        var settings = SettingsReader.Read(variables);

        settings.Listen.Should().Be(new IPEndPoint(IPAddress.Loopback, 3000));
        settings.CTrader.Host.Should().BeNull();
        settings.Tokens.Issuer.Should().Be("https://project-ref.supabase.co/auth/v1");
        settings.Tokens.KeySetUrl.Should().Be(new Uri("https://project-ref.supabase.co/auth/v1/.well-known/jwks.json"));
    }

    [Fact]
    public void The_tick_streamers_variables_mean_the_brokers_place()
    {
        var variables = Least;
        variables["HOST"] = "live.ctraderapi.com";
        variables["PORT"] = "5035";
        variables["WS_PORT"] = "8081";
        variables["CTRADER_ACCESS_TOKEN"] = "token";
        variables["CTRADER_ACCOUNT_ID"] = "5150705";

        var settings = SettingsReader.Read(variables);

        settings.Listen.Port.Should().Be(8081);
        settings.WebSocketPort.Should().BeNull();
        settings.CTrader.Host.Should().BeNull("the real hosts follow from the environment");
        settings.CTrader.Port.Should().Be(5035);
        settings.CTrader.Feed!.AccountId.Should().Be("5150705");
        settings.CTrader.Feed.Environment.Should().Be(BrokerEnvironment.Live);
    }

    [Fact]
    public void A_port_for_the_tick_streamer_beside_the_bridges_is_a_second_listener()
    {
        var variables = Least;
        variables["PORT"] = "3000";
        variables["WS_PORT"] = "8081";

        var settings = SettingsReader.Read(variables);

        (settings.Listen.Port, settings.WebSocketPort).Should().Be((3000, 8081));
        variables["WS_PORT"] = "3000";
        SettingsReader.Read(variables).WebSocketPort.Should().BeNull("one port is listened on once");
    }

    [Fact]
    public void A_private_broker_replaces_the_real_hosts()
    {
        var variables = Least;
        variables["CTRADER_HOST"] = "127.0.0.1";
        variables["CTRADER_PORT"] = "6035";

        var settings = SettingsReader.Read(variables);

        settings.CTrader.Host.Should().Be("127.0.0.1");
        settings.CTrader.Port.Should().Be(6035);
    }

    [Fact]
    public void Embedded_mode_makes_keys_that_only_their_owner_may_read()
    {
        var folder = Directory.CreateTempSubdirectory("trading-keys-");
        var settings = new ServiceSettings { Listen = new(IPAddress.Loopback, 0), DataFolder = folder.FullName };

        var first = KeyFiles.Complete(settings);
        var second = KeyFiles.Complete(settings);

        first.ApiKey.Should().HaveLength(64).And.Be(second.ApiKey);
        first.MasterKey.Should().HaveCount(32).And.Equal(second.MasterKey);
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in folder.GetFiles())
            {
                File.GetUnixFileMode(file.FullName).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }

        folder.Delete(recursive: true);
    }
}
