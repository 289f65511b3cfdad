namespace Trading.Tools.Doctor.Checks;

/// <summary>The service keeps its database, keys and logs in folders that it must be able to write to.</summary>
internal sealed class DataFolderAccess : ICheck
{
    public string Name => "folders";

    public Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        string?[] folders = [installation.DataFolder, installation.Settings["TRADING_LOGS"]];
        foreach (var folder in folders.OfType<string>().Select(Path.GetFullPath))
        {
            if (WhyNotWritable(folder) is { } reason)
            {
                return Task.FromResult(
                    Diagnosis.Fail(
                        $"The service cannot write to {folder}: {reason}",
                        $"Run the doctor as the service's user; then give that user the folder (chown), or name another one "
                            + "in TRADING_DATA or TRADING_LOGS."
                    )
                );
            }
        }

        return Task.FromResult(Diagnosis.Ok($"{Path.GetFullPath(installation.DataFolder)} can be written to."));
    }

    private static string? WhyNotWritable(string folder)
    {
        // A folder that is missing is made by the service, in the nearest one that exists.
        var nearest = folder;
        while (!Directory.Exists(nearest))
        {
            if (File.Exists(nearest))
            {
                return $"{nearest} is a file.";
            }

            nearest = Path.GetDirectoryName(nearest) ?? "/";
        }

        var trial = Path.Combine(nearest, $".trading-doctor-{Path.GetRandomFileName()}");
        try
        {
            using (
                new FileStream(
                    trial,
                    FileMode.CreateNew,
                    FileAccess.Write,
                    FileShare.None,
                    1,
                    FileOptions.DeleteOnClose
                )
            )
            {
                return null;
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return refused.Message;
        }
    }
}
