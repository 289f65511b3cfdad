namespace Trading.Tools.Doctor.Checks;

/// <summary>A superuser is bound by no policy and no missing right: with one, nothing but our own care separates users and
/// keeps the journal as it was written.</summary>
internal sealed class ModestLogin : ICheck
{
    public string Name => "rights of the login";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var (name, superuser, bypasses) = (
            await installation.QueryAsync(
                "select rolname::text, rolsuper, rolbypassrls from pg_roles where rolname = session_user",
                reader => (reader.GetString(0), reader.GetBoolean(1), reader.GetBoolean(2)),
                cancellation
            )
        )[0];
        return (superuser, bypasses) switch
        {
            (true, _) when installation.IsPrivate => Diagnosis.Ok("The private database has no login but its owner's."),
            (true, _) => Diagnosis.Fail(
                $"The service logs in as {name}, a superuser: nobody's rights bind it.",
                $"Make a login of its own: CREATE ROLE trading LOGIN PASSWORD '…'; GRANT trading_owner, trading_app, "
                    + "trading_reader, trading_projector, trading_api, trading_operator TO trading; name it in TRADING_POSTGRES."
            ),
            (_, true) => Diagnosis.Fail(
                $"The login {name} bypasses row-level security, which keeps users apart.",
                $"ALTER ROLE \"{name}\" NOBYPASSRLS"
            ),
            _ => Diagnosis.Ok($"{name} is no superuser and is bound by row-level security."),
        };
    }
}
