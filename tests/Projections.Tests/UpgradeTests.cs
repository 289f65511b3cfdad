using FluentAssertions;
using Npgsql;
using Trading.Domain.Logs;
using Trading.Projections.Accounts;
using Trading.Projections.Rebuilding;
using Trading.Projections.Running;
using Trading.Projections.Schema;
using Trading.Projections.Tests.Kit;
using Trading.TestKit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class UpgradeTests : IAsyncLifetime
{
    private static readonly ReadModel Second = ReadModel.Accounts with
    {
        Version = 2,
        Script = ReadModel.Accounts.Script.Replace(
            "currency               text not null,",
            "currency               text not null,\n  standing               text not null default 'new',"
        ),
    };

    private readonly CancellationTokenSource _stop = new();
    private ReadSide _side = null!;
    private Task _running = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _side = await ReadSide.PrepareAsync();
        // The first version has run and has ended.
        using var first = _side.NewSet(options: RebuildKit.Impatient);
        using var end = new CancellationTokenSource();
        var running = first.RunAsync(end.Token);
        var offset = await _side.Journal.AppendAsync(Some.Alice, Some.Connected(Some.Alice, 1m));
        await first.WaitForAsync(offset, ReadSide.Patience, default);
        await end.CancelAsync();
        await running;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        await _side.DisposeAsync();
    }

    [Fact]
    public async Task A_new_version_is_filled_beside_the_old_one_which_serves_and_follows_until_the_swap()
    {
        var gate = new GatedLog(_side.Journal, new(4));
        using var program = await StartAsync(gate, First(), Newer());
        await _side.ReachedAsync("accounts@2", 3);

        var offset = await _side.Journal.AppendAsync(Some.Alice, Some.Balance(2m, 1m));
        (await program.Set.WaitForAsync(offset, ReadSide.Patience, default)).Should().BeTrue();
        (await BalanceAsync()).Should().Be(2m, "the old table follows");
        (await StandingAsync()).Should().Be("new", "the new version's questions can be asked of the old table");
        Health(program).Should().Be(("accounts@1", ProjectionState.Live));

        gate.Open();
        await DoneAsync(program);
        await Eventually.Be(() => Health(program) == ("accounts@2", ProjectionState.Live));
        offset = await _side.Journal.AppendAsync(Some.Alice, Some.Balance(3m, 1m));
        (await program.Set.WaitForAsync(offset, ReadSide.Patience, default)).Should().BeTrue();
        (await BalanceAsync()).Should().Be(3m);
        (await StandingAsync()).Should().Be("new");
        (await program.Rebuilds.FindAsync("accounts", default))!.Kind.Should().Be(RebuildKind.Upgrade);
    }

    [Fact]
    public async Task A_program_without_the_old_version_serves_the_old_table_as_it_is_until_the_swap()
    {
        var gate = new GatedLog(_side.Journal, new(4));
        using var program = await StartAsync(gate, Newer());
        await _side.ReachedAsync("accounts@2", 3);
        await Eventually.Be(() => Health(program) == ("accounts@1", ProjectionState.Rebuilding));
        (await BalanceAsync()).Should().Be(1m);

        gate.Open();
        await DoneAsync(program);

        await Eventually.Be(() => Health(program) == ("accounts@2", ProjectionState.Live));
        (await BalanceAsync()).Should().Be(1m);
    }

    [Fact]
    public async Task Going_back_from_a_new_version_holds_over_restarts()
    {
        using var program = await StartAsync(_side.Journal, First(), Newer());
        await DoneAsync(program);

        var rollback = await program.Rebuilds.DoAsync("accounts", rollback: true);
        rollback.State.Should().BeOneOf([RebuildState.Done, RebuildState.Waiting, RebuildState.Filling]);
        await DoneAsync(program);
        await ReadSchema.MigrateToAsync(_side.Owner, [Second], default);

        await Eventually.Be(() => Health(program) == ("accounts@1", ProjectionState.Live));
        (await _side.TablesAsync("accounts")).Should().Equal("accounts_1", "accounts_2");
        (await StandingAsync()).Should().Be("new", "the newer version's questions can still be asked");
        (await program.Rebuilds.DoAsync("accounts", rollback: true)).Generation.Should().Be(2);
    }

    [Fact]
    public async Task A_new_version_that_cannot_take_in_a_stream_is_not_shown()
    {
        var newer = ProjectionCatalog.OfJournal(
            new VersionCode<RecordedEvent>(ReadModel.Accounts, target => new AccountProjection { Target = target }),
            new VersionCode<RecordedEvent>(
                Second,
                target => new Versioned(target, poisonAt: new(5)) { Target = target }
            )
        );
        using var program = await StartAsync(_side.Journal, newer);

        await Eventually.Be(async () =>
            (await program.Rebuilds.FindAsync("accounts", default))!.State == RebuildState.Failed
        );

        var failed = (await program.Rebuilds.FindAsync("accounts", default))!;
        failed.Problem.Should().Contain(Some.Alice.Value).And.Contain("parked in the new table only");
        var offset = await _side.Journal.AppendAsync(Some.Alice, Some.Balance(2m, 1m));
        (await program.Set.WaitForAsync(offset, ReadSide.Patience, default)).Should().BeTrue();
        (await BalanceAsync()).Should().Be(2m);
    }

    [Fact]
    public async Task A_database_of_before_generations_goes_on_with_the_tables_it_has()
    {
        await _side.ExecuteAsync(
            """
            drop table read.rebuilds;
            alter table read.checkpoints drop column model, drop column generation, drop column version, drop column state;
            alter table read.parked_streams drop column retry_asked;
            """
        );
        using var program = await StartAsync(_side.Journal, First());
        var offset = await _side.Journal.AppendAsync(Some.Alice, Some.Balance(2m, 1m));

        (await program.Set.WaitForAsync(offset, ReadSide.Patience, default)).Should().BeTrue();

        (await BalanceAsync()).Should().Be(2m);
        Health(program).Should().Be(("accounts@1", ProjectionState.Live));
    }

    private static ModelCode First() =>
        ProjectionCatalog.OfJournal(
            new VersionCode<RecordedEvent>(ReadModel.Accounts, target => new AccountProjection { Target = target })
        );

    private static ModelCode Newer() =>
        ProjectionCatalog.OfJournal(
            new VersionCode<RecordedEvent>(Second, target => new Versioned(target, default) { Target = target })
        );

    private async Task<ProgramUnderTest> StartAsync(Domain.Ports.IEventLog journalOfRebuilds, params ModelCode[] codes)
    {
        ModelCode code = codes is [_, _]
            ? ProjectionCatalog.OfJournal(
                new VersionCode<RecordedEvent>(ReadModel.Accounts, target => new AccountProjection { Target = target }),
                new VersionCode<RecordedEvent>(Second, target => new Versioned(target, default) { Target = target })
            )
            : codes[0];
        await ReadSchema.MigrateToAsync(_side.Owner, [code.Newest], default);
        var program = new ProgramUnderTest(
            new(_side.Ground(), [code]),
            _side.Rebuilds(journalOfRebuilds, models: [code])
        );
        _running = Task.WhenAll(program.Set.RunAsync(_stop.Token), program.Rebuilds.WorkAsync(_stop.Token));
        return program;
    }

    private static (string, ProjectionState) Health(ProgramUnderTest program)
    {
        var health = program.Set.Health().Single();
        return (health.Projection, health.State);
    }

    private static Task DoneAsync(ProgramUnderTest program) =>
        Eventually.Be(async () =>
            (await program.Rebuilds.FindAsync("accounts", default)) is { State: RebuildState.Done }
        );

    private async Task<decimal?> BalanceAsync() =>
        (await new AccountQueries(_side.Sources).FindAsync(Some.Alice, default))?.Balance;

    private Task<string> StandingAsync() =>
        _side.Sources.Operator.ScalarAsync<string>("select standing from read.accounts");

    private sealed record ProgramUnderTest(ProjectionSet Set, Rebuilds Rebuilds) : IDisposable
    {
        public void Dispose()
        {
            Set.Dispose();
            Rebuilds.Dispose();
        }
    }

    // The same fold, said to be another version; and one that stumbles.
    private sealed class Versioned(Generation target, Offset poisonAt) : Projection<RecordedEvent>
    {
        private readonly AccountProjection _inner = new() { Target = target };

        public override ReadModel Model => Second;

        public override ValueTask<IReadOnlyList<NpgsqlBatchCommand>> FoldAsync(
            NpgsqlConnection connection,
            IReadOnlyList<RecordedEvent> batch,
            CancellationToken cancellation
        ) =>
            poisonAt != default && batch.Any(recorded => recorded.Offset == poisonAt)
                ? throw new PoisonException("it stumbles")
                : _inner.FoldAsync(connection, batch, cancellation);

        public override void Committed() => _inner.Committed();

        public override void Forget() => _inner.Forget();
    }
}
