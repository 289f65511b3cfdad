using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Trading.Tools.Doctor.Checks;

/// <summary>The certificate that the broker's server shows must be for its name, valid now, and from an authority that is
/// trusted; otherwise the service refuses to send a token to it.</summary>
internal sealed class BrokerCertificate : ICheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SoonEnds = TimeSpan.FromDays(14);

    public string Name => "broker's certificate";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        if (installation.IsDemo)
        {
            return Diagnosis.Ok("A demo makes the one of its own sandbox.");
        }

        var (host, port) = BrokerPlace.Of(installation.Settings);
        var roots = new X509Certificate2Collection();
        if (installation.Settings["CTRADER_CA"] is { } file)
        {
            try
            {
                roots.ImportFromPemFile(file);
            }
            catch (Exception unreadable)
                when (unreadable is IOException or UnauthorizedAccessException or CryptographicException)
            {
                return Diagnosis.Fail(
                    $"The authority in CTRADER_CA cannot be read: {unreadable.Message}",
                    "Name a PEM file with the certificate of the broker's authority."
                );
            }
        }

        if (installation.Settings["CTRADER_CA"] is not null && roots.Count == 0)
        {
            return Diagnosis.Fail(
                "The file in CTRADER_CA holds no certificate.",
                "Name a PEM file with the certificate of the broker's authority."
            );
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            return await ShakeHandsAsync(host, port, roots, installation.Time, patience.Token);
        }
        catch (Exception away)
            when (away is SocketException or OperationCanceledException or IOException or AuthenticationException)
        {
            cancellation.ThrowIfCancellationRequested();
            return away is AuthenticationException
                ? Diagnosis.Fail($"{host}:{port} speaks no TLS that we accept: {away.Message}", "Check host and port.")
                : Diagnosis.Unknown($"{host}:{port} showed none: it was not reached.");
        }
    }

    private static async Task<Diagnosis> ShakeHandsAsync(
        string host,
        int port,
        X509Certificate2Collection roots,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        Diagnosis? seen = null;
        using var client = new TcpClient();
        await client.ConnectAsync(host, port, cancellation);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = host,
                // Nothing is sent over this connection, so it may stand whatever the certificate is.
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                {
                    seen = Judge(host, certificate as X509Certificate2, chain, errors, roots, time.GetUtcNow());
                    return true;
                },
            },
            cancellation
        );
        return seen ?? Diagnosis.Fail($"{host} showed no certificate.", "Check host and port.");
    }

    private static Diagnosis Judge(
        string host,
        X509Certificate2? certificate,
        X509Chain? presented,
        SslPolicyErrors errors,
        X509Certificate2Collection roots,
        DateTimeOffset now
    )
    {
        if (certificate is null)
        {
            return Diagnosis.Fail($"{host} showed no certificate.", "Check host and port.");
        }

        var ends = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        var begins = new DateTimeOffset(certificate.NotBefore.ToUniversalTime());
        if (now > ends || now < begins)
        {
            return Diagnosis.Fail(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The certificate of {host} is valid from {begins:yyyy-MM-dd} to {ends:yyyy-MM-dd}, not today."
                ),
                "Whoever runs the server must renew it; if it is the broker's, check this machine's date first."
            );
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return Diagnosis.Fail(
                $"The certificate is not for {host}, but for {certificate.GetNameInfo(X509NameType.DnsName, false)}.",
                "Check CTRADER_HOST: somebody else answers there, or the host has another name."
            );
        }

        if (errors != SslPolicyErrors.None && !LeadsTo(roots, certificate, presented))
        {
            return Diagnosis.Fail(
                $"The certificate of {host} comes from an authority that is not trusted here ({certificate.Issuer}).",
                "For a private authority name its PEM file in CTRADER_CA; otherwise update the machine's certificates."
            );
        }

        return ends - now < SoonEnds
            ? Diagnosis.Warn(
                string.Create(CultureInfo.InvariantCulture, $"The certificate of {host} ends on {ends:yyyy-MM-dd}."),
                "Whoever runs the server must renew it before."
            )
            : Diagnosis.Ok($"{host} proves who it is.");
    }

    private static bool LeadsTo(X509Certificate2Collection roots, X509Certificate2 leaf, X509Chain? presented)
    {
        if (roots.Count == 0)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(leaf);
    }
}
