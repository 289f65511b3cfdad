using Akka.Configuration;
using Akka.Dispatch;

namespace Trading.Simulation.Scheduling;

/// <summary>Makes every dispatcher of an actor system one that runs on the strand, whatever the configuration says of
/// threads. <c>free = on</c> runs without a context, for plugins whose awaits expect none.</summary>
internal sealed class StrandDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly StrandDispatcher _dispatcher;

    public StrandDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) =>
        _dispatcher = new(
            this,
            StrandSetup.Of(prerequisites.Settings).Strand,
            config.GetString("id"),
            config.GetBoolean("free")
        );

    /// <inheritdoc/>
    public override MessageDispatcher Dispatcher() => _dispatcher;
}

/// <summary>Each run of a mailbox is a step of the strand, and takes one message.</summary>
internal sealed class StrandDispatcher : MessageDispatcher
{
    private static readonly SendOrPostCallback s_run = static run => ((IRunnable)run!).Run();
    private readonly Strand _strand;
    private readonly bool _free;

    public StrandDispatcher(MessageDispatcherConfigurator configurator, Strand strand, string id, bool free)
        : base(configurator)
    {
        _strand = strand;
        _free = free;
        Id = id;
        Throughput = 1;
    }

    /// <inheritdoc/>
    protected override void ExecuteTask(IRunnable run)
    {
        if (_free)
        {
            _strand.PostFree(s_run, run);
        }
        else
        {
            _strand.Post(s_run, run);
        }
    }

    /// <inheritdoc/>
    protected override void Shutdown() { }
}
