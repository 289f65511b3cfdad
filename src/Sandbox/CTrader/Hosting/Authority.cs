using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Trading.Sandbox.CTrader.Hosting;

/// <summary>A private certificate authority and the server certificate it issues for loopback.</summary>
internal sealed class Authority
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(3_650);

    private readonly X509Certificate2 _ca;

    private Authority(X509Certificate2 ca) => _ca = ca;

    /// <summary>The authority's certificate, PEM, for clients to trust.</summary>
    public string CaPem => _ca.ExportCertificatePem() + "\n";

    /// <summary>Takes the authority kept in a folder; makes it there the first time. Without a folder it lives in memory only.</summary>
    public static async Task<Authority> OpenAsync(string? directory, CancellationToken ct)
    {
        if (directory is null)
        {
            return new Authority(NewCa());
        }

        Directory.CreateDirectory(directory);
        var certificate = Path.Combine(directory, "ca.pem");
        var key = Path.Combine(directory, "ca-key.pem");
        if (File.Exists(certificate) && File.Exists(key))
        {
            var pem = await File.ReadAllTextAsync(certificate, ct);
            var secret = await File.ReadAllTextAsync(key, ct);
            return new Authority(X509Certificate2.CreateFromPem(pem, secret));
        }

        var authority = new Authority(NewCa());
        await WriteSecretAsync(key, authority._ca.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), ct);
        await File.WriteAllTextAsync(certificate, authority.CaPem, ct);
        return authority;
    }

    /// <summary>A certificate for localhost, usable without server name indication.</summary>
    public X509Certificate2 IssueServer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true)
        );
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false)
        );
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_ca, includeKeyIdentifier: true, false)
        );
        var (from, until) = (new DateTimeOffset(_ca.NotBefore), new DateTimeOffset(_ca.NotAfter));
        using var issued = request.Create(_ca, from, until, RandomNumberGenerator.GetBytes(16));
        using var withKey = issued.CopyWithPrivateKey(key);

        // Through PKCS#12 because Windows refuses keys that live in memory only.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null);
    }

    private static X509Certificate2 NewCa()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Trading sandbox authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true)
        );
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));

        // The real clock, whatever clock the sandbox runs by: clients check certificates against theirs.
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now - TimeSpan.FromDays(1), now + s_lifetime);
    }

    private static async Task WriteSecretAsync(string path, string text, CancellationToken ct)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var writer = new StreamWriter(path, options);
        await writer.WriteAsync(text.AsMemory(), ct);
    }
}
