using System.Globalization;

namespace Trading.Tools.Doctor.Checks;

/// <summary>A transaction left open keeps the server from cleaning up behind every other one, and may hold locks.</summary>
/// <param name="longest">How long one may stand open.</param>
internal sealed class LongTransactions(TimeSpan? longest = null) : ICheck
{
    private readonly TimeSpan _longest = longest ?? TimeSpan.FromMinutes(10);

    public string Name => "open transactions";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var open = await installation.QueryAsync(
            """
            select pid, coalesce(application_name, ''), extract(epoch from clock_timestamp() - xact_start)::float8
            from pg_stat_activity
            where xact_start is not null and backend_type = 'client backend' and pid <> pg_backend_pid()
              and datname = current_database()
            order by xact_start
            """,
            reader =>
                (
                    Process: reader.GetInt32(0),
                    Program: reader.GetString(1),
                    Age: TimeSpan.FromSeconds(reader.GetDouble(2))
                ),
            cancellation
        );
        return open.FirstOrDefault(one => one.Age >= _longest) is { Process: > 0 } old
            ? Diagnosis.Warn(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Process {old.Process} of the server ('{old.Program}') has a transaction open for {old.Age.TotalSeconds:0} s."
                ),
                $"Find out whose it is; SELECT pg_terminate_backend({old.Process}) ends it."
            )
            : Diagnosis.Ok("None stands open for long.");
    }
}
