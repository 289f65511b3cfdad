using Akka.Actor;
using Akka.Actor.Setup;
using FluentAssertions;
using Npgsql;
using Trading.EmbeddedPostgres;
using Trading.EventStore.Akka;
using Trading.EventStore.Tests.Postgres;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Akka;

/// <summary>A server of its own whose connections are cut again and again, and which goes away and comes back while actors
/// write.</summary>
public sealed class DatabaseKilledAndBack : IAsyncLifetime
{
    private const int Actors = 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-killed-").FullName;
    private readonly CountedPauses _pauses = new();
    private EmbeddedPostgresCluster _server = null!;
    private PostgresLogs _logs = null!;
    private ActorSystem _system = null!;

    public async Task InitializeAsync()
    {
        _server = await EmbeddedPostgresCluster.StartAsync(new() { Folder = _folder });
        // One try of the log fails sooner than the server comes back: the plugin must ask again.
        _logs = await PostgresLogs.OpenAsync(
            _server.ConnectionString(),
            new() { Deadline = TimeSpan.FromMilliseconds(500) }
        );
        _system = ActorSystem.Create(
            "killed",
            ActorSystemSetup.Create(
                BootstrapSetup.Create().WithConfig(ActorsOnALog.Quiet.WithFallback(JournalSetup.Hocon)),
                new JournalSetup(_logs.Journal, _pauses)
            )
        );
    }

    public async Task DisposeAsync()
    {
        await _system.Terminate();
        await _logs.DisposeAsync();
        await _server.StopAsync();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public async Task Actors_wait_go_on_and_lose_and_double_nothing()
    {
        var tally = new Tally();
        var streams = Enumerable.Range(0, Actors).Select(_ => Some.Stream()).ToArray();
        foreach (var stream in streams)
        {
            _system.ActorOf(Props.Create(() => new Untiring(stream.Value, tally)));
        }

        await GetsOnAsync(tally);
        for (var i = 0; i < 10; i++)
        {
            await CutConnectionsAsync();
            await GetsOnAsync(tally);
        }

        var port = _server.Port;
        await _server.StopAsync();
        // An actor that starts while the server is away recovers when it is back.
        var late = Some.Stream();
        _system.ActorOf(Props.Create(() => new Untiring(late.Value, tally)));
        await Eventually.Be(() => _pauses.Count > 2 * Actors, TimeSpan.FromSeconds(60));
        _server = await EmbeddedPostgresCluster.StartAsync(
            new()
            {
                Folder = _folder,
                Port = port,
                Ephemeral = true,
            }
        );
        await GetsOnAsync(tally);
        await Eventually.Be(() => tally.Acknowledged(late.Value).Count > 0, TimeSpan.FromSeconds(60));
        tally.Stop();
        await Eventually.Be(() => tally.AtRest(Actors + 1), TimeSpan.FromSeconds(60));

        tally.Failures.Should().BeEmpty();
        foreach (var stream in streams.Append(late))
        {
            var stored = await _logs.Journal.ReadAllAsync(stream);
            stored.Select(e => e.Id).Should().Equal(tally.Acknowledged(stream.Value), "each once, in order");
        }
    }

    private async Task CutConnectionsAsync()
    {
        await using var connection = new NpgsqlConnection(_server.ConnectionString() + ";Pooling=false");
        await connection.OpenAsync();
        await RawAppend.ExecuteAsync(
            connection,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'trading-%'"
        );
    }

    private static async Task GetsOnAsync(Tally tally)
    {
        var goal = tally.Count + (20 * Actors);
        await Eventually.Be(() => tally.Count >= goal, TimeSpan.FromSeconds(60));
    }
}
