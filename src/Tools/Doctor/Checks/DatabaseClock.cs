using System.Globalization;

namespace Trading.Tools.Doctor.Checks;

/// <summary>Tokens, leases and lag are judged by this machine's clock, events are dated by the database's: the two must
/// agree.</summary>
internal sealed class DatabaseClock : ICheck
{
    private static readonly TimeSpan Warn = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Fail = TimeSpan.FromSeconds(30);

    public string Name => "clocks";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        // The first question opens the connection; only the second one is timed.
        await installation.QueryAsync("select 1", reader => reader.GetInt32(0), cancellation);
        var asked = installation.Time.GetUtcNow();
        var there = (
            await installation.QueryAsync(
                "select clock_timestamp()",
                reader => new DateTimeOffset(reader.GetDateTime(0)),
                cancellation
            )
        )[0];
        var half = (installation.Time.GetUtcNow() - asked) / 2;
        var skew = there - (asked + half);
        var said = string.Create(
            CultureInfo.InvariantCulture,
            $"The database's clock is {Math.Abs(skew.TotalSeconds):0.0} s {(skew < TimeSpan.Zero ? "behind" : "ahead of")} this one's"
        );
        const string remedy =
            "Let both machines follow a time server (chronyd, systemd-timesyncd); timedatectl shows whether they do.";
        var off = skew.Duration() - half.Duration();
        return off > Fail ? Diagnosis.Fail($"{said}.", remedy)
            : off > Warn ? Diagnosis.Warn($"{said}.", remedy)
            : Diagnosis.Ok("This machine's and the database's agree.");
    }
}
