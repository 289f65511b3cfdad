namespace Trading.Tools.Doctor.Checks;

/// <summary>A stream that a projection could not fold is set aside: its user sees old figures until somebody acts.</summary>
internal sealed class ParkedStreams : ICheck
{
    private const int Shown = 3;

    public string Name => "parked streams";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var parked = await installation.QueryAsync(
            """
            select p.projection, p.stream, p.at_offset, p.reason from read.parked_streams p
            join read.checkpoints c on c.projection = p.projection and c.state = 'live' order by p.parked_at
            """,
            reader => $"{reader.GetString(1)} in {reader.GetString(0)} at {reader.GetInt64(2)} ({reader.GetString(3)})",
            cancellation
        );
        return parked.Count == 0
            ? Diagnosis.Ok("There are none.")
            : Diagnosis.Fail(
                $"{parked.Count} set aside: {string.Join("; ", parked.Take(Shown))}{(parked.Count > Shown ? "; …" : "")}.",
                "Mend the cause (a newer program, most often), then retry; trading-tools parked lists them."
            );
    }
}
