namespace Trading.Tools.Doctor.Checks;

/// <summary>What is acknowledged must be on disk: a server that does not flush may lose it with the power.</summary>
internal sealed class Durability : ICheck
{
    public string Name => "durability";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var off = await installation.QueryAsync(
            "select name from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit') "
                + "and setting = 'off' order by name",
            reader => reader.GetString(0),
            cancellation
        );
        return off switch
        {
            [] => Diagnosis.Ok("The server flushes before it acknowledges."),
            // The journal's writers ask for it themselves, whatever the default is.
            ["synchronous_commit"] => Diagnosis.Warn(
                "synchronous_commit is off by default; the journal turns it on for itself, other programs may not.",
                "ALTER SYSTEM RESET synchronous_commit, and the same for the database and the role."
            ),
            _ => Diagnosis.Fail(
                $"Off: {string.Join(", ", off)}. A crash of the machine can lose or damage what was acknowledged.",
                "Set them to on in postgresql.conf and reload. Events written meanwhile: trading-tools verify."
            ),
        };
    }
}
