using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Actors.Shell;
using Trading.Actors.Tests.Journals;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.TestKit.Nodes;

namespace Trading.Actors.Tests.Support;

/// <summary>What a counter has counted.</summary>
internal sealed record Count(long Sum, long Events, ImmutableHashSet<Guid> Done)
{
    public static Count Zero { get; } = new(0, 0, []);
}

/// <summary>The smallest aggregate there is: asked for a number, it records as many events. Asked for a negative one it
/// refuses, for zero there is nothing to do.</summary>
internal static class Counter
{
    public static Aggregate<Count, Int32Value> Rules { get; } =
        new()
        {
            Category = "counter",
            Initial = Count.Zero,
            Decide = Decide,
            Evolve = Evolve,
            Commands = CommandForm.Of(Int32Value.Parser),
            Snapshots = new("counter-1", Write, Read),
            Limits = new() { SnapshotEvery = 10 },
        };

    private static Decision Decide(Count count, Int32Value command) =>
        command.Value switch
        {
            < 0 => new Decision.Refused(Refusal.Invalid, "A counter does not count backwards.", "value"),
            0 => Decision.Unchanged.Instance,
            var many => new Decision.Accepted([
                .. Enumerable
                    .Range(1, many)
                    .Select(n => new Happened(
                        new SubscriptionAdded { SymbolId = count.Events + n, Symbol = "" },
                        DateTimeOffset.UnixEpoch
                    )),
            ]),
        };

    private static Count Evolve(Count count, IMessage payload, DateTimeOffset at) =>
        payload is SubscriptionAdded added
            ? count with
            {
                Sum = count.Sum + added.SymbolId,
                Events = count.Events + 1,
                Done = Guid.TryParse(added.Symbol, out var done) ? count.Done.Add(done) : count.Done,
            }
            : count;

    private static byte[] Write(Count count) => new Int64Value { Value = count.Events }.ToByteArray();

    private static Count Read(ReadOnlyMemory<byte> bytes)
    {
        var events = Int64Value.Parser.ParseFrom(bytes.Span).Value;
        return new(events * (events + 1) / 2, events, []);
    }
}

/// <summary>A node with one kind of aggregate, over a journal that outlives it.</summary>
internal sealed class CounterNode : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly AggregateShell _shell;
    private readonly ActorMetrics _metrics = new();

    public CounterNode(IJournalUnderTest journal, SharedSnapshots snapshots, Aggregate<Count, Int32Value> rules)
    {
        var environment = new ShellEnvironment
        {
            Time = TimeProvider.System,
            Random = new(1),
            Options = World.Quick,
            Metrics = _metrics,
            Logger = NullLogger.Instance,
            FailureOf = journal.FailureOf,
        };
        _shell = new AggregateShell(environment).Add(rules);
        _system = ActorSystem.Create(
            "trading",
            ActorSystemSetup.Create([
                BootstrapSetup
                    .Create()
                    .WithConfig(
                        ConfigurationFactory
                            .ParseString("akka { loggers = [], loglevel = OFF, stdout-loglevel = OFF }")
                            .WithFallback(journal.Hocon)
                            .WithFallback(SharedSnapshots.Hocon)
                            .WithFallback(TradingActors.Hocon)
                    ),
                new ShellSetup(_shell.Commands),
                snapshots,
                .. journal.Setups,
            ])
        );
        _shell.Start(_system, new LocalRegions(_system));
    }

    public static StreamName Stream { get; } = StreamName.Of("counter", "one");

    public ActorSystem System => _system;

    public Task<CommandOutcome> SendAsync(int command, Guid commandId = default) =>
        _shell.Gateway.SendAsync(
            Stream,
            new Int32Value { Value = command },
            Guid.Empty,
            commandId,
            CancellationToken.None
        );

    public async ValueTask DisposeAsync()
    {
        await _shell.StopAsync("counter");
        await _system.Terminate();
        _metrics.Dispose();
    }
}
