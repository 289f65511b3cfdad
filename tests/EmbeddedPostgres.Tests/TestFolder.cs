namespace Trading.EmbeddedPostgres.Tests;

/// <summary>A folder below the temporary folder that is gone after the test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } =
        System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"embedded-postgres-test-{Guid.NewGuid():N}");

    public EmbeddedPostgresOptions Options => new() { Folder = Path };

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
