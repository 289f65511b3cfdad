using Trading.Domain.Ports;
using Trading.EventStore.Secrets;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Contracts;

/// <summary>Both logs in a database of their own.</summary>
public sealed class OpenLogs : IAsyncLifetime
{
    public PostgresDatabase Database { get; } = new();

    public PostgresLogs Logs { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Database.InitializeAsync();
        Logs = await PostgresLogs.OpenAsync(Database.ConnectionString, new() { MasterKey = new byte[32] });
    }

    public async Task DisposeAsync()
    {
        await Logs.DisposeAsync();
        await Database.DisposeAsync();
    }
}

public sealed class The_journal_on_PostgreSQL(OpenLogs open) : EventLogContract, IClassFixture<OpenLogs>
{
    protected override IEventLog Log => open.Logs.Journal;
}

public sealed class The_market_log_on_PostgreSQL(OpenLogs open) : TickLogContract, IClassFixture<OpenLogs>
{
    protected override ITickLog Log => open.Logs.Market;
}

public sealed class The_sealer_on_PostgreSQL(OpenLogs open) : SealerContract, IClassFixture<OpenLogs>
{
    protected override UserKeySealer Sealer => open.Logs.Sealer;
}
