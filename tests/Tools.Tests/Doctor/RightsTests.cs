using FluentAssertions;
using Trading.EventStore;
using Trading.Tools.Doctor;
using Trading.Tools.Doctor.Checks;
using Xunit;

namespace Trading.Tools.Tests.Doctor;

/// <summary>What is wrong with logins, rights and tables.</summary>
public sealed class RightsTests : IAsyncLifetime
{
    private static readonly string[] Roles =
    [
        "trading_owner",
        "trading_app",
        "trading_reader",
        "trading_projector",
        "trading_api",
        "trading_operator",
    ];

    private Patient _patient = null!;

    public async Task InitializeAsync() => _patient = await Patient.HealthyAsync();

    public async Task DisposeAsync() => await _patient.DisposeAsync();

    [Fact]
    public async Task A_superuser_as_login_is_told_unless_the_database_is_private()
    {
        (await _patient.AskAsync(new ModestLogin())).Verdict.Should().Be(Verdict.Fail);
        _patient.IsPrivate = true;
        (await _patient.AskAsync(new ModestLogin())).Verdict.Should().Be(Verdict.Ok);
    }

    [Fact]
    public async Task A_login_that_no_policy_binds_is_told()
    {
        await _patient.LoginAsync("BYPASSRLS", Roles);

        (await _patient.AskAsync(new ModestLogin())).What.Should().Contain("row-level security");
    }

    [Fact]
    public async Task A_login_with_all_roles_and_no_more_is_well()
    {
        await _patient.LoginAsync("", Roles);

        (await _patient.AskAsync(new ModestLogin())).Verdict.Should().Be(Verdict.Ok);
        (await _patient.AskAsync(new RoleMembership())).Verdict.Should().Be(Verdict.Ok);
        (await _patient.AskAsync(new Migrations())).Verdict.Should().Be(Verdict.Ok);
        (await _patient.AskAsync(new AppendOnlyJournal())).Verdict.Should().Be(Verdict.Ok);
    }

    [Fact]
    public async Task A_role_that_the_login_lacks_is_named()
    {
        await _patient.LoginAsync("", [.. Roles.Except(["trading_api"])]);

        var diagnosis = await _patient.AskAsync(new RoleMembership());

        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain("trading_api").And.NotContain("trading_app");
    }

    [Fact]
    public async Task What_the_login_may_not_look_at_is_not_taken_for_well()
    {
        await _patient.LoginAsync();

        (await _patient.AskAsync(new ParkedStreams())).Verdict.Should().Be(Verdict.Unknown);
    }

    [Fact]
    public async Task Migrations_that_are_missing_are_named()
    {
        var last = EventStoreSchema.Known[^1];
        await _patient.DoAsync($"DELETE FROM eventstore.migration WHERE number = {last.Number}");

        var diagnosis = await _patient.AskAsync(new Migrations());

        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain(last.Name);
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_told()
    {
        await _patient.DoAsync("INSERT INTO eventstore.migration (number, name, hash) VALUES (999, 'later', '\\x00')");

        (await _patient.AskAsync(new Migrations())).What.Should().Contain("999").And.Contain("newer");
    }

    [Fact]
    public async Task A_migration_of_another_making_is_told()
    {
        await _patient.DoAsync("UPDATE eventstore.migration SET hash = '\\x00' WHERE number = 1");

        (await _patient.AskAsync(new Migrations())).Verdict.Should().Be(Verdict.Fail);
    }

    [Fact]
    public async Task An_empty_database_is_told()
    {
        await using var bare = await Patient.BareAsync();

        (await bare.AskAsync(new Migrations())).Verdict.Should().Be(Verdict.Fail);
        (await bare.AskAsync(new ReadModelTables())).Verdict.Should().Be(Verdict.Fail);
    }

    [Fact]
    public async Task A_read_model_that_is_gone_is_named()
    {
        (await _patient.AskAsync(new ReadModelTables())).Verdict.Should().Be(Verdict.Ok);
        await _patient.DoAsync("DROP VIEW read.orders");

        (await _patient.AskAsync(new ReadModelTables())).What.Should().Contain("orders");
    }

    [Fact]
    public async Task Users_who_are_not_kept_apart_are_told()
    {
        await _patient.DoAsync("ALTER TABLE read_tables.accounts_1 NO FORCE ROW LEVEL SECURITY");

        var diagnosis = await _patient.AskAsync(new ReadModelTables());

        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain("accounts");
    }

    [Fact]
    public async Task A_right_to_change_the_journal_is_named()
    {
        (await _patient.AskAsync(new AppendOnlyJournal())).Verdict.Should().Be(Verdict.Ok);
        await _patient.DoAsync("GRANT UPDATE ON eventstore.journal TO trading_app");

        (await _patient.AskAsync(new AppendOnlyJournal())).What.Should().Contain("trading_app may UPDATE");
    }

    [Fact]
    public async Task A_trigger_that_was_disarmed_is_named()
    {
        await _patient.DoAsync("ALTER TABLE eventstore.journal_batch DISABLE TRIGGER append_only");

        (await _patient.AskAsync(new AppendOnlyJournal())).What.Should().Contain("eventstore.journal_batch");
    }
}
