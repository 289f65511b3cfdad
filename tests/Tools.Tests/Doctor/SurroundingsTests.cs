using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Trading.Tools.Doctor;
using Trading.Tools.Doctor.Checks;
using Xunit;

namespace Trading.Tools.Tests.Doctor;

/// <summary>What is wrong around the service: settings, secrets, folders, ports.</summary>
public sealed class SurroundingsTests : IAsyncLifetime
{
    private readonly Patient _patient = Patient.WithoutDatabase();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _patient.DisposeAsync();

    [Fact]
    public async Task A_settings_file_that_cannot_be_understood_is_told_by_its_line_and_not_its_content()
    {
        var file = Path.Combine(_patient.Folder, ".env");
        await File.WriteAllTextAsync(file, "A=1\n# fine\nexport B='2'\nmy-password-without-a-name\n");

        var diagnosis = await _patient.AskAsync(
            new SettingsFile(),
            Settings.Read(file, new Dictionary<string, string>())
        );

        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain("line 4").And.NotContain("my-password");
    }

    [Fact]
    public async Task A_settings_file_that_cannot_be_read_is_told()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_patient.Folder, ".env")).FullName;

        var diagnosis = await _patient.AskAsync(
            new SettingsFile(),
            Settings.Read(folder, new Dictionary<string, string>())
        );

        diagnosis.Verdict.Should().Be(Verdict.Fail);
    }

    [Fact]
    public async Task A_settings_file_that_somebody_named_and_that_is_not_there_is_told()
    {
        var file = Path.Combine(_patient.Folder, "misspelt.env");
        var nothing = new Dictionary<string, string>();

        var named = await _patient.AskAsync(new SettingsFile(), Settings.Read(file, nothing, mustExist: true));
        var looked = await _patient.AskAsync(new SettingsFile(), Settings.Read(file, nothing));

        named.Verdict.Should().Be(Verdict.Fail);
        named.What.Should().Contain("misspelt.env does not exist");
        looked.Verdict.Should().Be(Verdict.Ok);
    }

    [Fact]
    public async Task A_settings_file_is_read_as_the_service_reads_it_and_the_environment_wins()
    {
        var file = Path.Combine(_patient.Folder, ".env");
        await File.WriteAllTextAsync(file, "A=1 # one\nexport B=\"two words\"\n\nC=3\n");

        var settings = Settings.Read(file, new Dictionary<string, string> { ["C"] = "from outside" });

        (settings["A"], settings["B"], settings["C"], settings["D"])
            .Should()
            .Be(("1", "two words", "from outside", null));
        (await _patient.AskAsync(new SettingsFile(), settings)).Verdict.Should().Be(Verdict.Ok);
    }

    [Theory]
    [InlineData("CTRADER_CLIENT_SECRET")]
    [InlineData("TRADING_MASTER_KEY")]
    [InlineData("TRADING_API_KEY")]
    public async Task A_missing_secret_is_named(string name)
    {
        _patient.Variables.Remove(name);

        var diagnosis = await _patient.AskAsync(new RequiredSettings());

        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain(name);
    }

    [Fact]
    public async Task Keys_that_the_service_makes_itself_are_not_missed()
    {
        _patient.IsPrivate = true;
        _patient.Variables.Remove("TRADING_MASTER_KEY");
        _patient.Variables.Remove("TRADING_API_KEY");

        (await _patient.AskAsync(new RequiredSettings())).Verdict.Should().Be(Verdict.Ok);
    }

    [Fact]
    public async Task A_demo_brings_its_own_broker()
    {
        _patient.IsPrivate = true;
        _patient.Variables.Remove("CTRADER_CLIENT_ID");
        _patient.Variables.Remove("CTRADER_CLIENT_SECRET");
        _patient.Variables.Remove("SUPABASE_JWT_SECRET");
        (await _patient.AskAsync(new RequiredSettings())).Verdict.Should().Be(Verdict.Fail);

        await File.WriteAllTextAsync(Path.Combine(_patient.Folder, "sandbox.run"), "1");

        var diagnosis = await _patient.AskAsync(new RequiredSettings());
        diagnosis.Verdict.Should().Be(Verdict.Warn);
        diagnosis.What.Should().Contain("its own sandbox");
        foreach (var check in (ICheck[])[new BrokerReachable(), new BrokerCertificate(), new TokenIssuer()])
        {
            (await _patient.AskAsync(check)).Verdict.Should().Be(Verdict.Ok, check.Name);
        }
    }

    [Fact]
    public async Task Without_a_token_issuer_nobody_can_sign_in()
    {
        _patient.Variables.Remove("SUPABASE_JWT_SECRET");
        (await _patient.AskAsync(new RequiredSettings())).Verdict.Should().Be(Verdict.Warn);

        _patient.Variables["SUPABASE_JWKS_FILE"] = "keys.json";
        _patient.Variables.Remove("JWT_ISSUER");
        (await _patient.AskAsync(new RequiredSettings())).What.Should().Contain("issuer");
    }

    [Theory]
    [InlineData("TRADING_API_KEY", "short")]
    [InlineData("TRADING_API_KEY", "aaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("TRADING_AUDITOR_KEY", "abababababababababababab")]
    [InlineData("SUPABASE_JWT_SECRET", "super-secret-jwt-token-with-at-least-32-characters-long")]
    public async Task A_weak_secret_is_named_and_never_shown(string name, string secret)
    {
        _patient.Variables[name] = secret;

        var diagnosis = await _patient.AskAsync(new SecretStrength());

        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain(name).And.NotContain(secret);
    }

    [Fact]
    public async Task One_secret_for_two_purposes_is_told()
    {
        _patient.Variables["TRADING_AUDITOR_KEY"] = _patient.Variables["TRADING_API_KEY"];

        (await _patient.AskAsync(new SecretStrength())).Verdict.Should().Be(Verdict.Fail);
    }

    [Fact]
    public async Task Good_secrets_are_left_in_peace() =>
        (await _patient.AskAsync(new SecretStrength())).Verdict.Should().Be(Verdict.Ok);

    [Fact]
    public async Task A_key_file_that_others_can_read_is_named()
    {
        var file = Path.Combine(_patient.Folder, "master.key");
        await File.WriteAllTextAsync(file, "a key");
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var diagnosis = await _patient.AskAsync(new KeyFilePermissions());
        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.Remedy.Should().Contain($"chmod 600 {file}");

        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        (await _patient.AskAsync(new KeyFilePermissions())).Verdict.Should().Be(Verdict.Ok);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_to_is_named()
    {
        (await _patient.AskAsync(new DataFolderAccess())).Verdict.Should().Be(Verdict.Ok);

        var file = Path.Combine(_patient.Folder, "logs");
        await File.WriteAllTextAsync(file, "a file where a folder should be");
        _patient.Variables["TRADING_LOGS"] = Path.Combine(file, "today");
        var diagnosis = await _patient.AskAsync(new DataFolderAccess());
        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain(file);
        Directory.EnumerateFileSystemEntries(_patient.Folder).Should().ContainSingle("looking leaves nothing behind");
    }

    [Fact]
    public async Task A_disk_that_runs_full_is_told_in_time()
    {
        var free = new DriveInfo(_patient.Folder).AvailableFreeSpace;

        (await _patient.AskAsync(new DiskSpace(0, 0))).Verdict.Should().Be(Verdict.Ok);
        (await _patient.AskAsync(new DiskSpace(0, free * 2))).Verdict.Should().Be(Verdict.Warn);
        (await _patient.AskAsync(new DiskSpace(free * 2, free * 3))).Verdict.Should().Be(Verdict.Fail);
    }

    [Fact]
    public async Task A_port_that_another_program_holds_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        _patient.Variables["HOST"] = "127.0.0.1";
        _patient.Variables["PORT"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var taken = await _patient.AskAsync(new FreePorts());
        other.Stop();

        taken.Verdict.Should().Be(Verdict.Fail);
        taken.What.Should().Contain($"{port}");
        if (OperatingSystem.IsLinux())
        {
            taken.What.Should().Contain($"(pid {Environment.ProcessId})", "that is who holds it");
        }

        var free = await _patient.AskAsync(new FreePorts());
        free.Verdict.Should().Be(Verdict.Ok);
        free.What.Should().Be($"127.0.0.1:{port} (PORT) is free.");
    }

    [Fact]
    public async Task Beside_a_demo_the_port_that_it_serves_on_is_looked_at_and_who_holds_it_is_said()
    {
        using var demo = new TcpListener(IPAddress.Loopback, 0);
        demo.Start();
        var port = ((IPEndPoint)demo.LocalEndpoint).Port;
        _patient.IsPrivate = true;
        _patient.Variables.Remove("CTRADER_CLIENT_ID");
        _patient.Variables.Remove("CTRADER_CLIENT_SECRET");
        await File.WriteAllTextAsync(Path.Combine(_patient.Folder, "sandbox.run"), "1");
        var file = Path.Combine(_patient.Folder, "demo.env");
        await File.WriteAllTextAsync(file, $"TRADING_URL=http://127.0.0.1:{port}\n");
        const string live = """{"status":"live"}""";
        var serving = AnswerAsync(demo, $"HTTP/1.1 200 OK\r\nContent-Length: {live.Length}\r\n\r\n{live}");

        var diagnosis = await _patient.AskAsync(new FreePorts());
        await serving;

        diagnosis.Verdict.Should().Be(Verdict.Ok);
        diagnosis.What.Should().Contain($"127.0.0.1:{port}").And.Contain(file).And.Contain("answers as this service");
    }

    [Theory]
    [InlineData(0, Verdict.Ok)]
    [InlineData(-20, Verdict.Ok)]
    [InlineData(120, Verdict.Fail)]
    [InlineData(-120, Verdict.Fail)]
    internal async Task An_issuer_whose_clock_differs_by_more_than_tokens_bear_is_told(int seconds, Verdict expected)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        _patient.Variables["SUPABASE_URL"] = $"http://127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}";
        var date = TimeProvider.System.GetUtcNow().AddSeconds(seconds);
        var serving = AnswerAsync(server, $"HTTP/1.1 404 Not Found\r\nDate: {date:R}\r\nContent-Length: 0\r\n\r\n");

        (await _patient.AskAsync(new IssuerClock())).Verdict.Should().Be(expected);
        await serving;
    }

    [Fact]
    public async Task A_clock_of_an_issuer_that_is_not_there_is_not_taken_for_well()
    {
        _patient.Variables["SUPABASE_URL"] = $"http://127.0.0.1:{Ports.Unused()}";

        (await _patient.AskAsync(new IssuerClock())).Verdict.Should().Be(Verdict.Unknown);
    }

    [Fact]
    public async Task An_issuer_whose_keys_cannot_be_read_is_told()
    {
        (await _patient.AskAsync(new TokenIssuer())).Verdict.Should().Be(Verdict.Ok);

        var file = Path.Combine(_patient.Folder, "keys.json");
        _patient.Variables["SUPABASE_JWKS_FILE"] = file;
        (await _patient.AskAsync(new TokenIssuer())).Verdict.Should().Be(Verdict.Fail, "there is no such file");

        await File.WriteAllTextAsync(file, "<html>sign in first</html>");
        (await _patient.AskAsync(new TokenIssuer())).Verdict.Should().Be(Verdict.Fail, "it is no JSON");

        await File.WriteAllTextAsync(file, """{"keys":[{"kty":"EC"}]}""");
        (await _patient.AskAsync(new TokenIssuer())).Verdict.Should().Be(Verdict.Ok);

        _patient.Variables.Remove("SUPABASE_JWKS_FILE");
        _patient.Variables["SUPABASE_JWKS_URL"] = $"http://127.0.0.1:{Ports.Unused()}/keys";
        (await _patient.AskAsync(new TokenIssuer())).Verdict.Should().Be(Verdict.Fail, "nobody listens");
    }

    private static async Task AnswerAsync(TcpListener server, string answer)
    {
        using var client = await server.AcceptTcpClientAsync();
        var stream = client.GetStream();
        // The head of a request without a body comes in one piece over the loopback.
        (await stream.ReadAtLeastAsync(new byte[4_096], 1))
            .Should()
            .BePositive();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer));
    }
}
