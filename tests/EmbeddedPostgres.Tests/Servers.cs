using Trading.EmbeddedPostgres.Processes;

namespace Trading.EmbeddedPostgres.Tests;

internal static class Servers
{
    /// <summary>The server process of a running cluster.</summary>
    public static PostmasterFile Of(EmbeddedPostgresCluster cluster) => In(cluster.DataFolder);

    /// <summary>The server process of a data folder.</summary>
    public static PostmasterFile In(string dataFolder) =>
        PostmasterFile.Read(dataFolder) ?? throw new InvalidOperationException($"No server in {dataFolder}");
}
