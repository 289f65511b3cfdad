using System.Globalization;

namespace Trading.Tools.Doctor.Checks;

/// <summary>Times in the journal never go back. When the server's clock was set back, new events all bear the time of the
/// newest one until the clock has caught up.</summary>
internal sealed class JournalClock : ICheck
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    public string Name => "times in the journal";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var ahead = await installation.QueryAsync(
            """
            select extract(epoch from recorded_at - clock_timestamp())::float8
            from eventstore.journal_batch order by last_offset desc limit 1
            """,
            reader => TimeSpan.FromSeconds(reader.GetDouble(0)),
            cancellation
        );
        return ahead is [var lead] && lead > Tolerance
            ? Diagnosis.Fail(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The newest event was recorded {lead.TotalSeconds:0} s in the server's future: its clock was set back."
                ),
                "Set the server's clock right. Until then all new events bear one and the same time; their order is not harmed."
            )
            : Diagnosis.Ok("The newest event lies in the past.");
    }
}
