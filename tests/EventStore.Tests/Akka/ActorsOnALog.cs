using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using FluentAssertions;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore.Akka;

namespace Trading.EventStore.Tests.Akka;

/// <summary>Persistent actors on the plugin over some log.</summary>
public abstract class ActorsOnALog : global::Akka.TestKit.Xunit2.TestKit
{
    internal static readonly Config Quiet =
        "akka { loglevel = OFF, stdout-loglevel = OFF, test.single-expect-default = 30s }";

    private readonly TroubledLog _troubled;

    protected ActorsOnALog(IEventLog log)
        : this(new TroubledLog(log)) { }

    private ActorsOnALog(TroubledLog log)
        : base(
            ActorSystemSetup.Create(
                BootstrapSetup.Create().WithConfig(Quiet.WithFallback(JournalSetup.Hocon)),
                new JournalSetup(log, TimeProvider.System)
            )
        ) => _troubled = log;

    internal new TroubledLog Log => _troubled;

    internal IActorRef Journal => Persistence.Instance.Apply(Sys).JournalFor(null);

    /// <summary>Starts an actor and waits until it has recovered.</summary>
    internal async Task<IActorRef> StartAsync(StreamName stream, long recovered = 0)
    {
        var actor = Sys.ActorOf(Recorder.Of(stream, TestActor));
        for (var i = 1L; i <= recovered; i++)
        {
            (await ExpectMsgAsync<Replayed>()).SequenceNr.Should().Be(i);
        }

        (await ExpectMsgAsync<Recovered>()).SequenceNr.Should().Be(recovered);
        return actor;
    }

    /// <summary>The next messages, whatever they are.</summary>
    internal async Task<List<object>> ReceiveAsync(int count)
    {
        var received = new List<object>(count);
        while (received.Count < count)
        {
            received.Add(await ExpectMsgAsync<object>());
        }

        return received;
    }

    /// <summary>Stops an actor and waits until it has gone.</summary>
    internal async Task StopAsync(IActorRef actor)
    {
        await WatchAsync(actor);
        Sys.Stop(actor);
        await ExpectTerminatedAsync(actor);
    }

    /// <summary>A stream with so many events, written past all actors.</summary>
    internal async Task<StreamName> StreamOfAsync(int count)
    {
        var stream = Some.Stream();
        if (count > 0)
        {
            await Log.AppendedAsync(Some.Request(stream, expected: 0, count: count));
        }

        return stream;
    }
}
