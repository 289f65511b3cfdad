namespace Trading.Tools.Doctor.Checks;

/// <summary>What screens show is read through these views; row-level security keeps users apart behind them.</summary>
internal sealed class ReadModelTables : ICheck
{
    private static readonly string[] OfUsers =
    [
        "sessions",
        "accounts",
        "positions",
        "orders",
        "deals",
        "symbols",
        "users",
    ];

    public string Name => "read models";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var views = await installation.QueryAsync(
            """
            select c.relname::text, coalesce(bool_and(t.relrowsecurity and t.relforcerowsecurity), false),
              coalesce(c.reloptions, '{}') @> array['security_invoker=true']
            from pg_class c
            left join pg_rewrite w on w.ev_class = c.oid
            left join pg_depend d on d.objid = w.oid and d.deptype = 'n' and d.refobjid <> c.oid
              and d.refclassid = 'pg_class'::regclass
            left join pg_class t on t.oid = d.refobjid
            where c.relnamespace = to_regnamespace('read') and c.relkind = 'v'
            group by c.oid, c.relname, c.reloptions
            """,
            reader => (Name: reader.GetString(0), IsGuarded: reader.GetBoolean(1), IsInvoker: reader.GetBoolean(2)),
            cancellation
        );
        var missing = OfUsers.Except(views.Select(view => view.Name)).ToList();
        var open = views
            .Where(view => OfUsers.Contains(view.Name) && !(view.IsGuarded && view.IsInvoker))
            .Select(view => view.Name)
            .ToList();
        return missing.Count > 0
                ? Diagnosis.Fail(
                    $"Missing: {string.Join(", ", missing)}.",
                    "Start the service: it makes them, and fills them from the journal."
                )
            : open.Count > 0
                ? Diagnosis.Fail(
                    $"Row-level security does not hold in {string.Join(", ", open)}: users could see each other's rows.",
                    "ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, on the table behind the view; find out "
                        + "who took it off."
                )
            : Diagnosis.Ok($"All {OfUsers.Length} of users are there and guarded.");
    }
}
