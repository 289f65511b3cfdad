using System.Globalization;

namespace Trading.Tools.Doctor.Checks;

/// <summary>Tokens say when they begin and end by their issuer's clock: where this machine's differs by more than the service
/// tolerates, fresh tokens are refused and spent ones accepted. The issuer's web server tells its time with every
/// answer.</summary>
internal sealed class IssuerClock : ICheck
{
    // What the service tolerates, less the second that the header is cut to and one for the way.
    private static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(28);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public string Name => "issuer's clock";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var text = installation.Settings["SUPABASE_JWKS_URL"] ?? installation.Settings["SUPABASE_URL"];
        if (!Uri.TryCreate(text, UriKind.Absolute, out var place) || place.Scheme is not ("http" or "https"))
        {
            return Diagnosis.Ok("There is no issuer's server whose clock matters.");
        }

        try
        {
            using var client = new HttpClient { Timeout = Patience };
            using var answer = await client.GetAsync(place, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (answer.Headers.Date is not { } there)
            {
                return Diagnosis.Unknown($"{place.Host} does not tell the time.");
            }

            var skew = there - installation.Time.GetUtcNow();
            return skew.Duration() > Tolerated
                ? Diagnosis.Fail(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The clock of {place.Host} is {skew.Duration().TotalSeconds:0} s {(skew < TimeSpan.Zero ? "behind" : "ahead of")} this one's: fresh tokens are refused, or spent ones accepted."
                    ),
                    "Let this machine follow a time server (chronyd, systemd-timesyncd); timedatectl shows whether it does."
                )
                : Diagnosis.Ok($"This machine's and that of {place.Host} agree.");
        }
        catch (Exception away) when (away is HttpRequestException or TaskCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return Diagnosis.Unknown($"{place.Host} was not reached.");
        }
    }
}
