using System.Security.Cryptography;
using System.Text;
using Trading.Api.Configuration;

namespace Trading.Api.Access;

/// <summary>The keys that stand for roles, for programs that are no user, and the networks from which they are taken.</summary>
internal sealed class RoleKeys(ServiceSettings settings, ILogger<RoleKeys> logger)
{
    private const int LongestKey = 1_024;

    private readonly (Roles Role, byte[] Hash)[] _keys =
    [
        .. new (Roles Role, string? Key)[]
        {
            (Roles.Operator, settings.ApiKey),
            (Roles.Auditor, settings.AuditorKey),
            (Roles.Monitor, settings.MetricsKey),
        }
            .Where(one => one.Key is not null)
            .Select(one => (one.Role, HashOf(one.Key!))),
    ];

    /// <summary>The role whose key the request bears, in <c>X-Api-Key</c> or as bearer; none without a key, with another one,
    /// and from a network from which no key is taken.</summary>
    public Roles RolesOf(HttpContext context)
    {
        if (Credentials.Key(context) is not { Length: > 0 and <= LongestKey } text)
        {
            return Roles.None;
        }

        var hash = HashOf(text);
        var role = Roles.None;
        foreach (var key in _keys)
        {
            // All are always compared, so that the time taken tells nothing.
            role |= CryptographicOperations.FixedTimeEquals(key.Hash, hash) ? key.Role : Roles.None;
        }

        var address = context.Connection.RemoteIpAddress;
        if (role == Roles.None || settings.KeyNetworks.Count == 0 || settings.KeyNetworks.Have(address))
        {
            return role;
        }

        Log.KeyFromElsewhere(logger, role, Credentials.Address(context));
        return Roles.None;
    }

    private static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
