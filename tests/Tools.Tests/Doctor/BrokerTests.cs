using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FluentAssertions;
using Trading.Tools.Doctor;
using Trading.Tools.Doctor.Checks;
using Xunit;

namespace Trading.Tools.Tests.Doctor;

/// <summary>What is wrong with the way to the broker: real sockets, real certificates.</summary>
public sealed class BrokerTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly RSA _authorityKey = RSA.Create(2_048);
    private readonly X509Certificate2 _authority;
    private readonly Patient _patient = Patient.WithoutDatabase();
    private Task _serving = Task.CompletedTask;

    public BrokerTests()
    {
        var request = new CertificateRequest(
            "CN=Authority of the tests",
            _authorityKey,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(Now.AddYears(-2), Now.AddYears(2));
    }

    public async Task InitializeAsync()
    {
        _listener.Start();
        _patient.Variables["CTRADER_HOST"] = "localhost";
        _patient.Variables["CTRADER_PORT"] = ((IPEndPoint)_listener.LocalEndpoint).Port.ToString(
            CultureInfo.InvariantCulture
        );
        _patient.Variables["CTRADER_CA"] = Path.Combine(_patient.Folder, "authority.pem");
        await File.WriteAllTextAsync(_patient.Variables["CTRADER_CA"], _authority.ExportCertificatePem());
    }

    public async Task DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        await _serving;
        await _patient.DisposeAsync();
        _authority.Dispose();
        _authorityKey.Dispose();
        _ending.Dispose();
    }

    [Theory]
    [InlineData("localhost", -400, 90, Verdict.Ok, "proves")]
    [InlineData("localhost", -400, -1, Verdict.Fail, "not today")]
    [InlineData("localhost", 1, 90, Verdict.Fail, "not today")]
    [InlineData("localhost", -400, 5, Verdict.Warn, "ends on")]
    [InlineData("elsewhere.example.com", -400, 90, Verdict.Fail, "not for localhost")]
    internal async Task A_certificate_is_judged_by_its_dates_and_its_name(
        string name,
        int fromDay,
        int toDay,
        Verdict expected,
        string said
    )
    {
        Serve(name, fromDay, toDay);

        var diagnosis = await _patient.AskAsync(new BrokerCertificate());

        diagnosis.What.Should().Contain(said);
        diagnosis.Verdict.Should().Be(expected);
    }

    [Fact]
    public async Task A_certificate_of_an_authority_that_nobody_trusts_is_told()
    {
        Serve("localhost", -400, 90);
        _patient.Variables.Remove("CTRADER_CA");

        var diagnosis = await _patient.AskAsync(new BrokerCertificate());

        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain("Authority of the tests");
        diagnosis.Remedy.Should().Contain("CTRADER_CA");
    }

    [Fact]
    public async Task An_authority_that_is_no_certificate_is_told()
    {
        await File.WriteAllTextAsync(
            _patient.Variables["CTRADER_CA"],
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"
        );

        (await _patient.AskAsync(new BrokerCertificate())).Verdict.Should().Be(Verdict.Fail);
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_one_finding()
    {
        _listener.Stop();

        (await _patient.AskAsync(new BrokerReachable())).Verdict.Should().Be(Verdict.Fail);
        (await _patient.AskAsync(new BrokerCertificate())).Verdict.Should().Be(Verdict.Unknown);
    }

    [Fact]
    public async Task A_broker_that_is_there_is_well()
    {
        Serve("localhost", -400, 90);

        (await _patient.AskAsync(new BrokerReachable())).Verdict.Should().Be(Verdict.Ok);
    }

    [Theory]
    [InlineData("HOST", "live.ctraderapi.com", "PORT", "5036", "live.ctraderapi.com:5036")]
    [InlineData("CTRADER_ENVIRONMENT", "live", "PORT", "8080", "live.ctraderapi.com:5035")]
    [InlineData("HOST", "127.0.0.1", "PORT", "8080", "demo.ctraderapi.com:5035")]
    public void The_brokers_place_is_the_one_the_service_takes(
        string first,
        string value,
        string second,
        string other,
        string expected
    )
    {
        var (host, port) = BrokerPlace.Of(
            Settings.Of(new Dictionary<string, string> { [first] = value, [second] = other })
        );

        $"{host}:{port}".Should().Be(expected);
    }

    private void Serve(string name, int fromDay, int toDay)
    {
        using var key = RSA.Create(2_048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(_authority, Now.AddDays(fromDay), Now.AddDays(toDay), [1, 2, 3]);
        using var withKey = signed.CopyWithPrivateKey(key);
        var certificate = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
        _serving = ServeAsync(certificate);
    }

    private async Task ServeAsync(X509Certificate2 certificate)
    {
        using (certificate)
        {
            while (!_ending.IsCancellationRequested)
            {
                try
                {
                    using var client = await _listener.AcceptTcpClientAsync(_ending.Token);
                    await using var tls = new SslStream(client.GetStream());
                    await tls.AuthenticateAsServerAsync(certificate);
                    await tls.ReadExactlyAsync(new byte[1], _ending.Token);
                }
                catch (Exception gone)
                    when (gone
                            is OperationCanceledException
                                or SocketException
                                or IOException
                                or AuthenticationException
                    )
                {
                    continue;
                }
            }
        }
    }
}
