using FluentAssertions;
using Xunit;

namespace Trading.Architecture.Tests;

public sealed class Rooms_know_only_what_the_design_allows
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Domain"] = [],
        ["Postgres"] = [],
        ["EventStore"] = ["Domain", "Postgres"],
        ["Brokers"] = ["Domain"],
        ["Actors"] = ["Domain"],
        ["Projections"] = ["Domain", "Postgres"],
        ["EmbeddedPostgres"] = [],
        ["Sandbox"] = [],
        ["Configuration"] = [],
        ["Tools"] = ["Configuration", "Domain", "EmbeddedPostgres", "EventStore", "Postgres", "Projections"],
        ["Api"] =
        [
            "Configuration",
            "Domain",
            "EventStore",
            "Brokers",
            "Actors",
            "Postgres",
            "Projections",
            "EmbeddedPostgres",
        ],
        ["Demo"] = ["Api", "Sandbox"],
    };

    [Fact]
    public void Every_room_has_a_rule() => House.Rooms.Should().BeEquivalentTo(Allowed.Keys);

    [Theory]
    [MemberData(nameof(RoomNames))]
    public void A_room_references_nothing_else(string room) =>
        House.ReferencesOf(room).Should().BeSubsetOf(Allowed[room]);

    [Fact]
    public void The_demo_is_made_of_the_service_and_the_sandbox() =>
        House.ReferencesOf("Demo").Should().Equal("Api", "Sandbox");

    [Fact]
    public void A_replay_cannot_trade() =>
        House.ReachOf("Tools").Should().NotContain(["Brokers", "Actors", "Api", "Sandbox"]);

    [Fact]
    public void The_service_does_not_know_its_counterpart() => House.ReachOf("Api").Should().NotContain("Sandbox");

    [Fact]
    public void The_domain_needs_nothing_but_its_contracts()
    {
        // Grpc.Tools is the contract compiler; nothing of it is there at run time.
        House.Items("Domain", "PackageReference").Should().BeSubsetOf(["Google.Protobuf", "Grpc.Tools"]);
        House.Items("Domain", "FrameworkReference").Should().BeEmpty();
        typeof(Domain.Ports.IEventLog)
            .Assembly.GetReferencedAssemblies()
            .Select(assembly => assembly.Name)
            .Where(name => name?.StartsWith("System", StringComparison.Ordinal) is not true)
            .Should()
            .BeSubsetOf(["Google.Protobuf", "netstandard"]);
    }

    [Fact]
    public void Versions_stand_in_one_place() =>
        Directory
            .EnumerateFiles(House.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("PackageReference") && HasVersion(file))
            .Should()
            .BeEmpty();

    [Fact]
    public void The_solution_holds_every_project()
    {
        var solution = File.ReadAllText(Path.Combine(House.Root, "EventSourcedTrading.sln"));

        new[] { "src", "tests", "bench" }
            .SelectMany(folder =>
                Directory.EnumerateFiles(Path.Combine(House.Root, folder), "*.csproj", SearchOption.AllDirectories)
            )
            .Select(Path.GetFileName)
            .Where(project => !solution.Contains(project + "\"", StringComparison.Ordinal))
            .Should()
            .BeEmpty();
    }

    public static TheoryData<string> RoomNames() => [.. Allowed.Keys];

    private static bool HasVersion(string project) =>
        System
            .Xml.Linq.XDocument.Load(project)
            .Descendants("PackageReference")
            .Any(package => package.Attribute("Version") is not null);
}
