using System.Globalization;

namespace Trading.Tools.Doctor.Checks;

/// <summary>A projection belongs to whoever holds its lock. A holder that has gone quiet while events wait keeps all others
/// from taking over: a frozen process, or a machine that has left the network.</summary>
/// <param name="quietFor">How long a holder may be quiet.</param>
internal sealed class StaleLease(TimeSpan? quietFor = null) : ICheck
{
    private readonly TimeSpan _quietFor = quietFor ?? TimeSpan.FromSeconds(30);

    public string Name => "leases";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var held = await installation.QueryAsync(
            $"""
            select c.projection, a.pid, coalesce(host(a.client_addr), 'this machine'),
              extract(epoch from clock_timestamp() - greatest(a.state_change, h.waiting_since))::float8
            from read.checkpoints c
            {ProjectionHeads.Join}
            join pg_locks l on l.locktype = 'advisory' and l.granted and l.objsubid = 2
              and l.database = (select oid from pg_database where datname = current_database())
              and l.classid::bigint = (hashtext('read.projection')::bigint & 4294967295)
              and l.objid::bigint = (hashtext(c.projection)::bigint & 4294967295)
            join pg_stat_activity a on a.pid = l.pid
            where c.at_offset < h.head order by c.projection
            """,
            reader =>
                (
                    Name: reader.GetString(0),
                    Process: reader.GetInt32(1),
                    From: reader.GetString(2),
                    Quiet: TimeSpan.FromSeconds(reader.GetDouble(3))
                ),
            cancellation
        );
        var stale = held.Where(lease => lease.Quiet >= _quietFor).ToList();
        return stale.Count == 0
            ? Diagnosis.Ok("No holder of a projection is quiet while events wait.")
            : Diagnosis.Fail(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{stale[0].Name} is held from {stale[0].From} by a connection that has been quiet for {stale[0].Quiet.TotalSeconds:0} s while events wait."
                ),
                string.Join(
                    ' ',
                    stale
                        .Select(lease => lease.Process)
                        .Distinct()
                        .Select(process => $"SELECT pg_terminate_backend({process});")
                ) + " lets another process take over; whoever was fenced that way does no harm."
            );
    }
}
