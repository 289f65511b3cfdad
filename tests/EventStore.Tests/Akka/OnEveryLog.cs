using Trading.EventStore.InMemory;
using Trading.EventStore.Tests.Contracts;
using Xunit;

namespace Trading.EventStore.Tests.Akka;

public sealed class The_plugin_in_memory() : JournalPluginContract(new InMemoryEventLog(TimeProvider.System));

public sealed class The_plugin_on_PostgreSQL(OpenLogs open)
    : JournalPluginContract(open.Logs.Journal),
        IClassFixture<OpenLogs>;

public sealed class Ownership_in_memory() : OwnershipContract(new InMemoryEventLog(TimeProvider.System));

public sealed class Ownership_on_PostgreSQL(OpenLogs open)
    : OwnershipContract(open.Logs.Journal),
        IClassFixture<OpenLogs>;

public sealed class Outages_in_memory() : OutageContract(new InMemoryEventLog(TimeProvider.System));

public sealed class Outages_on_PostgreSQL(OpenLogs open) : OutageContract(open.Logs.Journal), IClassFixture<OpenLogs>;
