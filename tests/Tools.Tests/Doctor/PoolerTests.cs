using FluentAssertions;
using Trading.TestKit.Poolers;
using Trading.Tools.Doctor;
using Trading.Tools.Doctor.Checks;
using Xunit;

namespace Trading.Tools.Tests.Doctor;

public sealed class PoolerTests
{
    [Fact]
    public async Task A_server_and_a_pooler_that_leaves_clients_their_sessions_are_well()
    {
        await using var patient = await Patient.BareAsync();
        (await patient.AskAsync(new TransactionPooling())).Verdict.Should().Be(Verdict.Ok);

        await using var pooler = PoolingProxy.OfSessions(patient.ConnectionString);
        patient.ConnectionString = pooler.ConnectionString;

        (await patient.AskAsync(new TransactionPooling())).Verdict.Should().Be(Verdict.Ok);
    }

    [Fact]
    public async Task A_pooler_that_shares_sessions_is_named_with_what_to_do()
    {
        await using var patient = await Patient.BareAsync();
        await using var pooler = PoolingProxy.OfTransactions(patient.ConnectionString);
        patient.ConnectionString = pooler.ConnectionString;

        var diagnosis = await patient.AskAsync(new TransactionPooling());

        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain("another server session");
        diagnosis.Remedy.Should().Contain("session mode");
    }

    [PgBouncerFact]
    public async Task PgBouncer_in_transaction_mode_is_named()
    {
        await using var patient = await Patient.BareAsync();
        await using var bouncer = await PgBouncer.StartAsync(patient.ConnectionString, "transaction");
        patient.ConnectionString = bouncer.ConnectionString;

        (await patient.AskAsync(new TransactionPooling())).Verdict.Should().Be(Verdict.Fail);
    }

    [Fact]
    public async Task A_database_that_is_not_there_could_not_be_looked_at()
    {
        await using var patient = Patient.WithoutDatabase();

        (await patient.AskAsync(new TransactionPooling())).Verdict.Should().Be(Verdict.Unknown);
    }
}
