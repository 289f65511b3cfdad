using System.Globalization;

namespace Trading.Tools.Doctor.Checks;

/// <summary>A database without space stops taking events, and then nothing can happen any more.</summary>
/// <param name="fail">Bytes below which it is a matter of hours.</param>
/// <param name="warn">Bytes below which somebody should look.</param>
internal sealed class DiskSpace(long fail = DiskSpace.Gibibyte, long warn = 5 * DiskSpace.Gibibyte) : ICheck
{
    private const long Gibibyte = 1L << 30;

    public string Name => "disk space";

    public Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var disk = new DriveInfo(Nearest(Path.GetFullPath(installation.DataFolder)));
        var free = disk.AvailableFreeSpace;
        var said = string.Create(
            CultureInfo.InvariantCulture,
            $"{(double)free / Gibibyte:0.0} GiB are free where {installation.DataFolder} is"
        );
        const string remedy =
            "Make room, grow the disk, or shorten the retention of ticks. The journal itself must never be deleted from.";
        return Task.FromResult(
            free < fail ? Diagnosis.Fail($"Only {said}.", remedy)
            : free < warn ? Diagnosis.Warn($"Only {said}.", remedy)
            : Diagnosis.Ok($"{said}.")
        );
    }

    private static string Nearest(string folder)
    {
        while (!Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder) ?? "/";
        }

        return folder;
    }
}
