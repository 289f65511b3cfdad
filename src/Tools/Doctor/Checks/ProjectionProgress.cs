using System.Globalization;

namespace Trading.Tools.Doctor.Checks;

/// <summary>A projection with events to take in and no progress is stuck; one that moves is merely behind.</summary>
/// <param name="stuckAfter">How long without progress.</param>
internal sealed class ProjectionProgress(TimeSpan? stuckAfter = null) : ICheck
{
    private readonly TimeSpan _stuckAfter = stuckAfter ?? TimeSpan.FromSeconds(30);

    public string Name => "projections";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var behind = await installation.QueryAsync(
            $"""
            select c.projection, h.head - c.at_offset,
              extract(epoch from clock_timestamp() - greatest(c.moved_at, h.waiting_since))::float8
            from read.checkpoints c
            {ProjectionHeads.Join}
            where c.state = 'live' and c.at_offset < h.head order by c.projection
            """,
            reader =>
                (Name: reader.GetString(0), Gap: reader.GetInt64(1), Still: TimeSpan.FromSeconds(reader.GetDouble(2))),
            cancellation
        );
        var stuck = behind
            .Where(one => one.Still >= _stuckAfter)
            .Select(one =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{one.Name} ({one.Gap} events, no progress for {one.Still.TotalSeconds:0} s)"
                )
            )
            .ToList();
        if (stuck.Count == 0)
        {
            return Diagnosis.Ok(
                behind.Count == 0 ? "All have taken in everything." : $"{behind.Count} are catching up."
            );
        }

        var runs = await installation.QueryAsync(
            "select exists (select from pg_stat_activity where application_name = 'trading_projector' and datname = current_database())",
            reader => reader.GetBoolean(0),
            cancellation
        );
        return runs[0]
            ? Diagnosis.Fail(
                $"Stuck: {string.Join("; ", stuck)}.",
                "/health/ready, asked with the API key, and the service's log say what fails; a lock shows in pg_locks. A restart tries again."
            )
            : Diagnosis.Warn(
                $"Nobody runs the projections, and events wait: {string.Join("; ", stuck)}.",
                "Start the service."
            );
    }
}
