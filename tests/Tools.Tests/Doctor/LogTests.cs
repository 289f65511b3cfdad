using FluentAssertions;
using Npgsql;
using Trading.Tools.Doctor;
using Trading.Tools.Doctor.Checks;
using Xunit;

namespace Trading.Tools.Tests.Doctor;

/// <summary>What is wrong with the logs, their projections and their secrets.</summary>
public sealed class LogTests : IAsyncLifetime
{
    private Patient _patient = null!;

    public async Task InitializeAsync() => _patient = await Patient.HealthyAsync();

    public async Task DisposeAsync() => await _patient.DisposeAsync();

    [Fact]
    public async Task Another_master_key_than_that_of_the_database_is_told()
    {
        (await _patient.AskAsync(new MasterKey())).Verdict.Should().Be(Verdict.Ok);
        var right = Convert.FromBase64String(_patient.Variables["TRADING_MASTER_KEY"]);
        await using (var logs = await _patient.LogsAsync(right))
        {
            await logs.Sealer.SealAsync(Journal.Ann, "a token", default);
        }

        (await _patient.AskAsync(new MasterKey())).Verdict.Should().Be(Verdict.Ok);
        right[0] ^= 1;
        _patient.Variables["TRADING_MASTER_KEY"] = Convert.ToBase64String(right);
        (await _patient.AskAsync(new MasterKey())).Verdict.Should().Be(Verdict.Fail);
    }

    [Theory]
    [InlineData("not base64 at all!")]
    [InlineData("c2hvcnQ=")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public async Task A_master_key_that_is_none_is_told_and_never_shown(string key)
    {
        _patient.Variables["TRADING_MASTER_KEY"] = key;

        var diagnosis = await _patient.AskAsync(new MasterKey());

        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().NotContain(key);
    }

    [Fact]
    public async Task A_chain_that_was_broken_at_its_end_is_told()
    {
        await FillAsync();
        (await _patient.AskAsync(new ChainTail())).Verdict.Should().Be(Verdict.Ok);
        (await _patient.AskAsync(new ChainTail(links: 2))).Verdict.Should().Be(Verdict.Ok);

        await _patient.DoAsync(
            """
            ALTER TABLE eventstore.journal DISABLE TRIGGER append_only;
            UPDATE eventstore.journal SET digest = sha256('another') WHERE log_offset = 5;
            """
        );
        var diagnosis = await _patient.AskAsync(new ChainTail());
        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain("offset 4");
    }

    [Fact]
    public async Task An_event_that_is_gone_from_the_end_is_told()
    {
        await FillAsync();
        await _patient.DoAsync(
            """
            ALTER TABLE eventstore.journal DISABLE TRIGGER append_only;
            DELETE FROM eventstore.journal WHERE log_offset = 5;
            """
        );

        (await _patient.AskAsync(new ChainTail())).Verdict.Should().Be(Verdict.Fail);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_shows_in_the_journal()
    {
        await FillAsync();
        (await _patient.AskAsync(new JournalClock())).Verdict.Should().Be(Verdict.Ok);
        await _patient.DoAsync(
            """
            ALTER TABLE eventstore.journal_batch DISABLE TRIGGER append_only;
            UPDATE eventstore.journal_batch SET recorded_at = clock_timestamp() + interval '1 hour' WHERE last_offset = 5;
            """
        );

        (await _patient.AskAsync(new JournalClock())).Verdict.Should().Be(Verdict.Fail);
    }

    [Theory]
    [InlineData("accounts@1")]
    [InlineData("candles@2")]
    public async Task A_checkpoint_beyond_its_log_is_named(string projection)
    {
        (await _patient.AskAsync(new CheckpointsInLog())).Verdict.Should().Be(Verdict.Ok);
        await _patient.DoAsync($"UPDATE read.checkpoints SET at_offset = 77 WHERE projection = '{projection}'");

        var diagnosis = await _patient.AskAsync(new CheckpointsInLog());

        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain($"{projection} at 77, the log ends at 0");
    }

    [Fact]
    public async Task A_projection_without_progress_is_stuck_when_somebody_runs_it_and_waits_when_nobody_does()
    {
        (await _patient.AskAsync(new ProjectionProgress(TimeSpan.Zero))).Verdict.Should().Be(Verdict.Ok);
        await FillAsync();
        (await _patient.AskAsync(new ProjectionProgress())).Verdict.Should().Be(Verdict.Ok, "it is only behind");

        (await _patient.AskAsync(new ProjectionProgress(TimeSpan.Zero))).Verdict.Should().Be(Verdict.Warn);
        await using var projector = await _patient.ConnectAsync();
        await RunAsync(projector, "SET application_name = 'trading_projector'");
        var diagnosis = await _patient.AskAsync(new ProjectionProgress(TimeSpan.Zero));
        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain("accounts@1 (5 events");
    }

    [Fact]
    public async Task A_lease_whose_holder_has_gone_quiet_is_told_with_the_holder()
    {
        await FillAsync();
        await using var holder = await _patient.ConnectAsync();
        await RunAsync(holder, "SELECT pg_advisory_lock(hashtext('read.projection'), hashtext('accounts@1'))");
        (await _patient.AskAsync(new StaleLease())).Verdict.Should().Be(Verdict.Ok, "it was busy a moment ago");

        var diagnosis = await _patient.AskAsync(new StaleLease(TimeSpan.Zero));

        diagnosis.Verdict.Should().Be(Verdict.Fail);
        diagnosis.What.Should().Contain("accounts@1");
        diagnosis.Remedy.Should().Contain($"pg_terminate_backend({holder.ProcessID})");
        await RunAsync(holder, "SELECT pg_advisory_unlock_all()");
        (await _patient.AskAsync(new StaleLease(TimeSpan.Zero))).Verdict.Should().Be(Verdict.Ok);
    }

    [Fact]
    public async Task A_parked_stream_is_named_with_its_reason()
    {
        (await _patient.AskAsync(new ParkedStreams())).Verdict.Should().Be(Verdict.Ok);
        await _patient.DoAsync(
            """
            INSERT INTO read.parked_streams (projection, stream, at_offset, version, event_type, reason)
            VALUES ('accounts@1', 'session-x', 3, 2, 'some.Event', 'cannot be folded')
            """
        );

        (await _patient.AskAsync(new ParkedStreams()))
            .What.Should()
            .Contain("session-x in accounts@1 at 3 (cannot be folded)");
    }

    [Fact]
    public async Task A_transaction_left_open_is_told_with_its_owner()
    {
        await using var forgotten = await _patient.ConnectAsync();
        await using var transaction = await forgotten.BeginTransactionAsync();
        await RunAsync(forgotten, "SELECT 1");

        (await _patient.AskAsync(new LongTransactions())).Verdict.Should().Be(Verdict.Ok);
        var diagnosis = await _patient.AskAsync(new LongTransactions(TimeSpan.Zero));
        diagnosis.Verdict.Should().Be(Verdict.Warn);
        diagnosis.Remedy.Should().Contain($"{forgotten.ProcessID}");
    }

    private async Task FillAsync()
    {
        await using var logs = await _patient.LogsAsync();
        await Journal.AppendAsync(logs, Journal.Ann, Journal.Balance(1), Journal.Balance(2));
        await Journal.AppendAsync(logs, Journal.Bob, Journal.Balance(3));
        await Journal.AppendAsync(logs, Journal.Ann, Journal.Balance(4), Journal.Position("EURUSD"));
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
