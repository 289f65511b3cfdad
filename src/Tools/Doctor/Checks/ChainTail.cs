using System.Globalization;

namespace Trading.Tools.Doctor.Checks;

/// <summary>The newest links of the journal's chain, recomputed by the server from the events. The whole chain is the
/// business of <c>verify</c>, which also computes each event's digest.</summary>
/// <param name="links">How many commits back.</param>
internal sealed class ChainTail(int links = 200) : ICheck
{
    public string Name => "end of the chain";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var wrong = await installation.QueryAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                with tail as (
                  select first_offset, last_offset, recorded_at, hash,
                    lead(hash, 1, decode(repeat('00', 32), 'hex')) over newest as before,
                    row_number() over newest as place
                  from (select * from eventstore.journal_batch order by last_offset desc limit {links} + 1) b
                  window newest as (order by last_offset desc)
                )
                select t.first_offset from tail t
                cross join lateral (
                  select string_agg(int8send(j.version) || j.digest, ''::bytea order by j.log_offset) as content
                  from eventstore.journal j where j.log_offset between t.first_offset and t.last_offset
                ) e
                where (t.place <= {links} or t.first_offset = 1) and t.hash is distinct from sha256(
                  t.before || int8send(t.first_offset) || int8send(t.last_offset - t.first_offset + 1)
                  || int8send((extract(epoch from t.recorded_at) * 1000000)::bigint) || e.content)
                union all
                select j.log_offset from eventstore.journal j
                where j.log_offset > (select coalesce(max(last_offset), 0) from eventstore.journal_batch)
                order by 1 limit 10
                """
            ),
            reader => reader.GetInt64(0),
            cancellation
        );
        return wrong.Count == 0
            ? Diagnosis.Ok($"The newest {links} links hold.")
            : Diagnosis.Fail(
                $"The chain is broken in the commit that begins at offset {wrong[0]}: its events are not those recorded.",
                "trading-tools verify (with an --anchor kept outside) shows how far. Keep a copy of the database as evidence."
            );
    }
}
