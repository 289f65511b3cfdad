using System.Text.Json;

namespace Trading.Api.Access;

/// <summary>What a caller may do beyond their own affairs. A caller may have several.</summary>
[Flags]
public enum Roles
{
    /// <summary>Their own affairs only.</summary>
    None = 0,

    /// <summary>Reads the record of all users; changes nothing.</summary>
    Auditor = 1,

    /// <summary>Runs the installation: sessions, projections, rebuilds. Reads the record as an auditor does.</summary>
    Operator = 2,

    /// <summary>Sees metrics and the details of readiness, nothing else. Stands behind a key only.</summary>
    Monitor = 4,
}

/// <summary>Reads roles out of a token's claims.</summary>
internal static class RoleClaim
{
    private const int MostRoles = 32;

    /// <summary>The roles of <c>app_metadata.roles</c>, a list of texts: the one place of a Supabase token that its user
    /// cannot write. Names are taken exactly; others than ours belong to other applications and are passed over. Anything
    /// but a short list of texts gives no role at all, for a guess could only give too much.</summary>
    public static Roles Read(JsonElement claims)
    {
        if (
            !claims.TryGetProperty("app_metadata", out var metadata)
            || metadata.ValueKind != JsonValueKind.Object
            || !metadata.TryGetProperty("roles", out var list)
            || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() > MostRoles
        )
        {
            return Roles.None;
        }

        var roles = Roles.None;
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.String)
            {
                return Roles.None;
            }

            roles |=
                entry.ValueEquals("auditor"u8) ? Roles.Auditor
                : entry.ValueEquals("operator"u8) ? Roles.Operator
                : Roles.None;
        }

        return roles;
    }
}
