using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Trading.Api.Configuration;
using Trading.Api.Hosting;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedService.Name)]
public sealed class HardeningTests(Service service)
{
    [Theory]
    [InlineData("GET", "/health")]
    [InlineData("GET", "/account")]
    [InlineData("GET", "/no/such/place")]
    [InlineData("DELETE", "/account")]
    [InlineData("POST", "/api/start-websocket")]
    [InlineData("OPTIONS", "/account")]
    [InlineData("GET", "/ws")]
    [InlineData("GET", "/openapi/v1.json")]
    [InlineData("GET", "/docs")]
    [InlineData("GET", "/ctrader/oauth/callback")]
    [InlineData("GET", "/metrics")]
    public async Task Every_answer_tells_browsers_what_not_to_do_with_it(string method, string path)
    {
        using var request = new HttpRequestMessage(new(method), path);

        var answer = await service.Operator().SendAsync(request);

        answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        answer.Headers.GetValues("X-Frame-Options").Should().Equal("DENY");
        answer.Headers.GetValues("Referrer-Policy").Should().Equal("no-referrer");
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.Should().Contain("default-src 'none'").And.Contain("frame-ancestors 'none'");
        policy.Should().NotContain("http:").And.NotContain("https:").And.NotContain("unsafe-eval").And.NotContain("*");
    }

    [Fact]
    public async Task A_stranger_learns_whether_the_service_is_ready_and_no_more()
    {
        using var stranger = service.Anonymous();

        var ready = await (await stranger.GetAsync("/health/ready")).Content.ReadAsStringAsync();
        ready.Should().Be("""{"status":"ready"}""");
        await (await stranger.GetAsync("/metrics")).ShouldFailAsync(HttpStatusCode.Unauthorized, "INVALID_JWT");
        (await service.User("39393939-3939-4939-8939-393939393939").GetAsync("/metrics"))
            .StatusCode.Should()
            .Be(HttpStatusCode.Forbidden);

        using var guesser = service.Anonymous();
        guesser.DefaultRequestHeaders.Add("X-Api-Key", "another-key-than-the-right-one");
        (await (await guesser.GetAsync("/health/ready")).Content.ReadAsStringAsync()).Should().Be(ready);
        (await guesser.GetAsync("/metrics")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public void Logs_are_their_owner_s_alone()
    {
        var files = Directory.GetFiles(service.LogFolder);

        files.Should().NotBeEmpty();
        foreach (var file in files)
        {
            File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        }
    }
}

public sealed class DataFolderTests
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    [Fact]
    public async Task What_the_service_keeps_is_its_owner_s_alone()
    {
        var parent = Directory.CreateTempSubdirectory("trading-folder-");
        File.SetUnixFileMode(parent.FullName, (UnixFileMode)0b111_101_101);
        var data = Path.Combine(parent.FullName, "below", "data");
        var logs = Path.Combine(data, "logs");
        var settings = Service.Settings("unused", logs) with
        {
            Postgres = null,
            ApiKey = null,
            MasterKey = null,
            DataFolder = data,
        };

        await using (await TradingService.StartAsync(settings))
        {
            foreach (var folder in (string[])[data, Path.GetDirectoryName(data)!, logs])
            {
                (File.GetUnixFileMode(folder) & Others).Should().Be(UnixFileMode.None, folder);
            }

            foreach (var file in Directory.GetFiles(data).Concat(Directory.GetFiles(logs)))
            {
                File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
            }

            Directory
                .Exists(Path.Combine(data, "postgres", "cluster", "data"))
                .Should()
                .BeTrue("the database lives in the data folder, whoever it runs as");
        }

        parent.Delete(recursive: true);
    }
}

public sealed class FamilyTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("*")]
    [InlineData("localhost")]
    [InlineData("LOCALHOST")]
    [InlineData("::")]
    public async Task Both_families_are_served(string? host)
    {
        await using var database = new ServedDatabase();
        await database.InitializeAsync();
        var read = SettingsReader.Read(Variables(host));
        await using var service = await TradingService.StartAsync(
            Service.Settings(database.ConnectionString) with
            {
                Listen = read.Listen,
                BothLoopbacks = read.BothLoopbacks,
                WebSocketPort = 0,
            }
        );

        foreach (var port in service.Addresses.Select(address => address.Port))
        {
            foreach (var name in HasIPv6 ? (string[])["127.0.0.1", "[::1]", "localhost"] : ["127.0.0.1", "localhost"])
            {
                using var client = new HttpClient { BaseAddress = new($"http://{name}:{port}") };
                (await client.GetAsync("/health/live")).StatusCode.Should().Be(HttpStatusCode.OK, $"{name}:{port}");
            }
        }

        service.Addresses.Select(address => address.Port).Distinct().Should().HaveCount(2);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", "[::1]")]
    [InlineData("0.0.0.0", "127.0.0.1", "[::1]")]
    [InlineData("::1", "[::1]", "127.0.0.1")]
    public async Task One_address_is_that_one(string host, string served, string other)
    {
        if (host.Contains(':') && !HasIPv6)
        {
            return;
        }

        await using var database = new ServedDatabase();
        await database.InitializeAsync();
        var read = SettingsReader.Read(Variables(host));
        await using var service = await TradingService.StartAsync(
            Service.Settings(database.ConnectionString) with
            {
                Listen = read.Listen,
                BothLoopbacks = read.BothLoopbacks,
            }
        );
        var port = service.Addresses[0].Port;

        using var client = new HttpClient();
        (await client.GetAsync(new Uri($"http://{served}:{port}/health/live"))).EnsureSuccessStatusCode();
        var elsewhere = () => client.GetAsync(new Uri($"http://{other}:{port}/health/live"));
        (await elsewhere.Should().ThrowAsync<HttpRequestException>()).WithInnerException<SocketException>();
    }

    // A machine may do without, and is then served as far as it goes.
    private static bool HasIPv6
    {
        get
        {
            try
            {
                using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }

    private static Dictionary<string, string> Variables(string? host)
    {
        var variables = new Dictionary<string, string>
        {
            ["CTRADER_CLIENT_ID"] = "id",
            ["CTRADER_CLIENT_SECRET"] = "secret",
            ["PORT"] = "0",
        };
        if (host is not null)
        {
            variables["HOST"] = host;
        }

        return variables;
    }

    /// <summary>A database that goes with the test.</summary>
    private sealed class ServedDatabase : IAsyncDisposable
    {
        private readonly PostgresDatabase _database = new();

        public string ConnectionString => _database.ConnectionString;

        public Task InitializeAsync() => _database.InitializeAsync();

        public async ValueTask DisposeAsync() => await _database.DisposeAsync();
    }
}
