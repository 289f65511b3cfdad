namespace Trading.TestKit;

/// <summary>
/// Serves one cluster to a whole test run: starts it, prints one line <c>ready CONNECTION-STRING</c>, and stops it when
/// standard input ends, which it also does when the process that started this one dies.
/// </summary>
internal static class ServeCluster
{
    private static async Task<int> Main()
    {
        await using var cluster = await TestCluster.StartPrivateAsync();
        Console.WriteLine($"ready {cluster.ConnectionString()}");
        while (await Console.In.ReadLineAsync() is not null) { }
        return 0;
    }
}
