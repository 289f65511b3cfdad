namespace Trading.Tools.Doctor.Checks;

/// <summary>Nothing in the journal is ever changed: the service's roles have no right to, and triggers refuse everybody
/// else.</summary>
internal sealed class AppendOnlyJournal : ICheck
{
    public string Name => "append-only journal";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var rights = await installation.QueryAsync(
            """
            select r.role || ' may ' || p.privilege || ' on ' || t.relation
            from unnest(array['trading_app', 'trading_reader', 'trading_api', 'trading_operator', 'trading_projector'])
              r (role)
            cross join unnest(array['eventstore.journal', 'eventstore.journal_batch'])
              t (relation)
            cross join unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p (privilege)
            where to_regrole(r.role) is not null and has_table_privilege(r.role, t.relation, p.privilege)
            """,
            reader => reader.GetString(0),
            cancellation
        );
        if (rights.Count > 0)
        {
            return Diagnosis.Fail(
                $"{rights[0]}{(rights.Count > 1 ? $", and {rights.Count - 1} more such rights" : "")}.",
                "REVOKE them; then trading-tools verify, to see whether they were used."
            );
        }

        var disarmed = await installation.QueryAsync(
            """
            select t.relation
            from unnest(array['eventstore.journal', 'eventstore.journal_batch'])
              t (relation)
            where not exists (
              select from pg_trigger g
              where g.tgrelid = t.relation::regclass and g.tgname = 'append_only' and g.tgenabled in ('O', 'A'))
            """,
            reader => reader.GetString(0),
            cancellation
        );
        return disarmed.Count > 0
            ? Diagnosis.Fail(
                $"The trigger that refuses changes is off or gone: {string.Join(", ", disarmed)}.",
                "ALTER TABLE … ENABLE TRIGGER append_only; then trading-tools verify, and find out who did it."
            )
            : Diagnosis.Ok("No role may change it, and the triggers are armed.");
    }
}
