using Akka.Actor.Setup;
using Akka.Configuration;
using Trading.Domain.Ports;

namespace Trading.EventStore.Akka;

/// <summary>Hands the live log to <see cref="TradingJournal"/>: to be part of the <c>ActorSystemSetup</c> of every system whose
/// configuration has <see cref="Hocon"/>.</summary>
/// <param name="log">Outlives the actor system.</param>
/// <param name="time">Measures pauses.</param>
public sealed class JournalSetup(IEventLog log, TimeProvider time) : Setup
{
    /// <summary>Makes the log the default journal of an actor system.</summary>
    public static Config Hocon { get; } =
        ConfigurationFactory.FromResource("journal.conf", typeof(JournalSetup).Assembly);

    /// <summary>Where events go.</summary>
    public IEventLog Log { get; } = log;

    /// <summary>Measures pauses.</summary>
    public TimeProvider Time { get; } = time;
}
