using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using Trading.Domain.Logs;

namespace Trading.Actors.Tests.Journals;

/// <summary>One write on its way into a journal.</summary>
internal sealed record JournalWrite(StreamName Stream, IReadOnlyList<EventEnvelope> Events);

/// <summary>A hand on a journal's throat: writes can be held, refused, or their answers lost.</summary>
internal sealed class Faults : Setup
{
    public Func<JournalWrite, Task> Before { get; set; } = _ => Task.CompletedTask;

    public Func<JournalWrite, Task> After { get; set; } = _ => Task.CompletedTask;
}

/// <summary>Stands before a journal plugin, and lets <see cref="Faults"/> have their way with each write. Writes of one actor
/// keep their order and do not wait for those of others.</summary>
internal sealed class FaultyJournal : UntypedActor
{
    private readonly Faults _faults = Context.System.Settings.Setup.Get<Faults>().Value;
    private readonly IActorRef _inner;
    private ImmutableDictionary<string, Task> _earlier = ImmutableDictionary<string, Task>.Empty;

    public FaultyJournal(Config config) =>
        _inner = Persistence.Instance.Apply(Context.System).JournalFor(config.GetString("before"));

    /// <summary>Puts it before the default plugin of a configuration.</summary>
    public static Config Before(Config journal) =>
        ConfigurationFactory
            .ParseString(
                $$"""
                akka.persistence.journal {
                  plugin = "akka.persistence.journal.faulty"
                  faulty {
                    class = "{{typeof(FaultyJournal).FullName}}, {{typeof(FaultyJournal).Assembly.GetName().Name}}"
                    before = "{{journal.GetString("akka.persistence.journal.plugin")}}"
                    recovery-event-timeout = 10m
                  }
                }
                """
            )
            .WithFallback(journal);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case WriteMessages write:
                var name = write.Messages.First(one => one.Payload is not null) is AtomicWrite first
                    ? first.PersistenceId
                    : "";
                _earlier = _earlier.SetItem(
                    name,
                    PassAsync(_earlier.GetValueOrDefault(name, Task.CompletedTask), write, Self)
                );
                break;
            case Pass pass:
                var answers = Context.ActorOf(Props.CreateBy(new Maker(() => new Answers(pass, _faults))));
                _inner.Tell(new WriteMessages(pass.Write.Messages, answers, pass.Write.ActorInstanceId));
                break;
            default:
                _inner.Forward(message);
                break;
        }
    }

    private async Task PassAsync(Task earlier, WriteMessages write, IActorRef self)
    {
        await earlier;
        var written = WriteOf(write);
        try
        {
            await _faults.Before(written);
            self.Tell(new Pass(write, written));
        }
        catch (Exception refused)
        {
            Fail(write, refused);
        }
    }

    private static JournalWrite WriteOf(WriteMessages write)
    {
        var persisted = write
            .Messages.OfType<AtomicWrite>()
            .SelectMany(one => (IEnumerable<IPersistentRepresentation>)one.Payload)
            .ToArray();
        return new(
            StreamName.Parse(persisted[0].PersistenceId),
            [.. persisted.Select(one => (EventEnvelope)one.Payload)]
        );
    }

    private static void Fail(WriteMessages write, Exception cause)
    {
        var events = write
            .Messages.OfType<AtomicWrite>()
            .SelectMany(one => (IEnumerable<IPersistentRepresentation>)one.Payload)
            .ToArray();
        write.PersistentActor.Tell(new WriteMessagesFailed(cause, events.Length));
        foreach (var one in events)
        {
            write.PersistentActor.Tell(new WriteMessageFailure(one, cause, write.ActorInstanceId));
        }
    }

    private sealed record Pass(WriteMessages Write, JournalWrite Written) : INoSerializationVerificationNeeded;

    private sealed class Maker(Func<ActorBase> make) : IIndirectActorProducer
    {
        public Type ActorType => typeof(Answers);

        public ActorBase Produce() => make();

        public void Release(ActorBase actor) { }
    }

    /// <summary>Gathers what the journal answers to one write, and passes it on, or something else.</summary>
    private sealed class Answers(Pass pass, Faults faults) : UntypedActor
    {
        private readonly List<object> _answers = [];

        protected override void OnReceive(object message)
        {
            if (message is Lost lost)
            {
                Fail(pass.Write, lost.Cause);
                Context.Stop(Self);
                return;
            }

            if (message is Send)
            {
                _answers.ForEach(answer => pass.Write.PersistentActor.Tell(answer));
                Context.Stop(Self);
                return;
            }

            _answers.Add(message);
            if (_answers.Count == pass.Written.Events.Count + 1)
            {
                _ = AfterAsync(_answers[0] is WriteMessagesSuccessful, Self);
            }
        }

        private async Task AfterAsync(bool written, IActorRef self)
        {
            try
            {
                if (written)
                {
                    await faults.After(pass.Written);
                }

                self.Tell(Send.Instance);
            }
            catch (Exception cause)
            {
                self.Tell(new Lost(cause));
            }
        }

        private sealed record Lost(Exception Cause) : INoSerializationVerificationNeeded;

        private sealed record Send : INoSerializationVerificationNeeded
        {
            public static Send Instance { get; } = new();
        }
    }
}
