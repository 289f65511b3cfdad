namespace Trading.Tools.Doctor.Checks;

/// <summary>A settings file that cannot be understood ends the service's start.</summary>
internal sealed class SettingsFile : ICheck
{
    public string Name => "settings file";

    public Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var settings = installation.Settings;
        return Task.FromResult(
            settings.Problem is { } problem
                ? Diagnosis.Fail(
                    problem,
                    "Name the file that the service reads, with one NAME=value a line as docs/configuration.md lists the names."
                )
                : Diagnosis.Ok(File.Exists(settings.File) ? $"{settings.File} is read." : "There is none, nor need be.")
        );
    }
}
