using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Trading.Brokers.CTrader.Connection;

/// <summary>
/// Decides whether a certificate proves that the other side is the broker. The machine's own trusted roots count, and
/// beside them a private one if the settings name it; name, dates and chain are checked in either case.
/// </summary>
internal sealed class TlsTrust
{
    private readonly X509Certificate2Collection _extraRoots = [];

    /// <summary>Trusts what the machine trusts and, if given, the certificates of a PEM file.</summary>
    /// <param name="caFile">Path of a PEM file, or null.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The file holds no certificates.</exception>
    public TlsTrust(string? caFile)
    {
        if (caFile is not null)
        {
            _extraRoots.ImportFromPemFile(caFile);
        }
    }

    /// <summary>The check, in the form that <see cref="SslStream"/> asks for.</summary>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        errors == SslPolicyErrors.None
        || (
            // A wrong name or a missing certificate is not mended by any root.
            errors == SslPolicyErrors.RemoteCertificateChainErrors
            && _extraRoots.Count > 0
            && certificate is X509Certificate2 leaf
            && LeadsToExtraRoot(leaf, chain)
        );

    private bool LeadsToExtraRoot(X509Certificate2 leaf, X509Chain? presented)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_extraRoots);
        // A private authority seldom publishes revocations, and asking for them would hang the dial.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (presented is not null)
        {
            foreach (var element in presented.ChainElements)
            {
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            }
        }

        return chain.Build(leaf);
    }
}
