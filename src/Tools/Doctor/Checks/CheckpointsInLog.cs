namespace Trading.Tools.Doctor.Checks;

/// <summary>A checkpoint beyond the end of its log belongs to another log: a newer one, before a restore from a
/// backup. Its projection would take the next events for ones it has seen.</summary>
internal sealed class CheckpointsInLog : ICheck
{
    public string Name => "checkpoints";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var ahead = await installation.QueryAsync(
            $"""
            select c.projection, c.at_offset, h.head from read.checkpoints c
            {ProjectionHeads.Join}
            where c.state = 'live' and c.at_offset > h.head order by c.projection
            """,
            reader => $"{reader.GetString(0)} at {reader.GetInt64(1)}, the log ends at {reader.GetInt64(2)}",
            cancellation
        );
        return ahead.Count == 0
            ? Diagnosis.Ok("None is beyond its log.")
            : Diagnosis.Fail(
                $"Beyond the log: {string.Join("; ", ahead)}.",
                "The log was restored from an older backup: restore the newer one, or rebuild these projections."
            );
    }
}
