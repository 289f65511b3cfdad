using Trading.EmbeddedPostgres;

namespace Trading.TestKit;

/// <summary>
/// Serves one cluster to a whole test run: starts it, prints one line <c>ready CONNECTION-STRING</c>, and stops it when
/// standard input ends, which it also does when the process that started this one dies. With a folder as its argument
/// it serves the cluster of that folder and keeps the data.
/// </summary>
internal static class ServeCluster
{
    private static async Task<int> Main(string[] arguments)
    {
        await using var cluster = arguments is [var folder]
            ? await EmbeddedPostgresCluster.StartAsync(new EmbeddedPostgresOptions { Folder = folder })
            : await TestCluster.StartPrivateAsync();
        Console.WriteLine($"ready {cluster.ConnectionString()}");
        while (await Console.In.ReadLineAsync() is not null) { }
        return 0;
    }
}
