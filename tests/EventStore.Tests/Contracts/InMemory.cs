using Trading.Domain.Ports;
using Trading.EventStore.InMemory;
using Trading.EventStore.Secrets;

namespace Trading.EventStore.Tests.Contracts;

public sealed class The_journal_in_memory : EventLogContract
{
    protected override IEventLog Log { get; } = new InMemoryEventLog(TimeProvider.System);
}

public sealed class The_market_log_in_memory : TickLogContract
{
    protected override ITickLog Log { get; } = new InMemoryTickLog(TimeProvider.System);
}

public sealed class The_sealer_in_memory : SealerContract
{
    protected override UserKeySealer Sealer { get; } = UserKeySealer.InMemory(new byte[32]);
}
