using Google.Protobuf.Reflection;
using Trading.Domain.Events;
using Trading.TestKit;

namespace Trading.Domain.Tests.Events;

/// <summary>The contract files in the repository, and the switch that lets their approved copies follow an addition.</summary>
internal static class Contracts
{
    public const string Switch = "UPDATE_CONTRACTS";

    /// <summary>What to run when an approved copy is behind.</summary>
    public const string HowToUpdate =
        $"If this is an addition you mean, run '{Switch}=1 dotnet test tests/Domain.Tests' and commit what it writes.";

    public static bool Updating => Environment.GetEnvironmentVariable(Switch) == "1";

    public static string Protos { get; } = Path.Combine(SharedData.Repository, "proto", "events");

    public static string Lock { get; } = Path.Combine(SharedData.Repository, "proto", "events.lock");

    public static string EventsPage { get; } = Path.Combine(SharedData.Repository, "docs", "events.md");

    public static string Golden { get; } = Path.Combine(SharedData.Repository, "tests", "Domain.Tests", "golden");

    /// <summary>The catalog's files and those they import.</summary>
    public static IReadOnlyList<FileDescriptor> Files { get; } =
    [
        .. EventCatalog
            .Files.Concat(EventCatalog.Files.SelectMany(file => file.Dependencies))
            .Distinct()
            .Where(file => file.Package != "google.protobuf"),
    ];
}
