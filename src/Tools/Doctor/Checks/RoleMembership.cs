namespace Trading.Tools.Doctor.Checks;

/// <summary>The service takes on a role for each thing it does, so its login must be a member of all of them.</summary>
internal sealed class RoleMembership : ICheck
{
    public string Name => "roles";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var roles = await installation.QueryAsync(
            """
            select wanted.name, r.oid is not null, coalesce(pg_has_role(session_user, r.oid, 'member'), false)
            from unnest(array['trading_app', 'trading_reader', 'trading_projector', 'trading_api', 'trading_operator'])
              wanted (name)
            left join pg_roles r on r.rolname = wanted.name
            """,
            reader => (Name: reader.GetString(0), Exists: reader.GetBoolean(1), IsMember: reader.GetBoolean(2)),
            cancellation
        );
        var missing = roles.Where(role => !role.Exists).Select(role => role.Name).ToList();
        var foreign = roles.Where(role => role is { Exists: true, IsMember: false }).Select(role => role.Name).ToList();
        return missing.Count > 0
                ? Diagnosis.Fail(
                    $"The roles {string.Join(", ", missing)} do not exist.",
                    "Start the service once with a login that may create roles: it makes them."
                )
            : foreign.Count > 0
                ? Diagnosis.Fail(
                    $"The login is no member of {string.Join(", ", foreign)}.",
                    $"GRANT {string.Join(", ", foreign)} TO the login"
                )
            : Diagnosis.Ok("The login is a member of all it takes on.");
    }
}
