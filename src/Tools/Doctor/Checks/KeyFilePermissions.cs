namespace Trading.Tools.Doctor.Checks;

/// <summary>Files that hold secrets are for their owner's eyes only.</summary>
internal sealed class KeyFilePermissions : ICheck
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public string Name => "files with secrets";

    public Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows())
        {
            return Task.FromResult(Diagnosis.Unknown("Permissions of this kind are not known here."));
        }

        var open = Files(installation).Where(File.Exists).Where(IsOpen).ToList();
        return Task.FromResult(
            open.Count == 0
                ? Diagnosis.Ok("None is open to other users of this machine.")
                : Diagnosis.Fail(
                    $"Others on this machine can read or write {string.Join(", ", open)}.",
                    $"chmod 600 {string.Join(' ', open)}"
                )
        );
    }

    private static string[] Files(Installation installation) =>
        [
            installation.Settings.File,
            Path.Combine(installation.DataFolder, "api.key"),
            Path.Combine(installation.DataFolder, "master.key"),
        ];

    private static bool IsOpen(string file) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != UnixFileMode.None;
}
