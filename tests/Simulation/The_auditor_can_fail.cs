using FluentAssertions;
using Trading.Simulation.Audit;
using Trading.Simulation.Mutants;
using Trading.Simulation.World;
using Xunit;

namespace Trading.Simulation;

/// <summary>Deliberate bugs, each found. The seed in a name is the first that found it when it was written; when the code
/// moves on and another seed has to do it, the seeds after it are tried too.</summary>
public sealed class The_auditor_can_fail
{
    private const int MostSeeds = 60;

    [Fact]
    public void Seed_1_finds_an_answer_that_is_given_before_the_events_are_on_disk() =>
        Finds(KnownMutants.AnswersBeforeItPersists, 1, AnswerRules.Rule, LinkRules.Rule, OwnerRules.Rule);

    [Fact]
    public void Seed_1_finds_an_effect_that_every_recovery_runs_again() =>
        Finds(KnownMutants.ActsWhenFolding, 1, LinkRules.One, LinkRules.Rule);

    [Fact]
    public void Seed_13_finds_a_store_that_forgets_the_epoch() => Finds(KnownMutants.ForgetsEpoch, 13, OwnerRules.Rule);

    [Fact]
    public void Seed_1_finds_a_claim_that_does_not_raise_the_epoch() =>
        Finds(KnownMutants.ClaimsWithoutRaising, 1, OwnerRules.Rule);

    [Fact]
    public void Seed_1_finds_an_owner_that_takes_over_without_a_claim() =>
        Finds(KnownMutants.ClaimsNothing, 1, OwnerRules.Rule);

    [Fact]
    public void Seed_1_finds_a_store_that_lets_a_former_owner_write() =>
        Finds(KnownMutants.ForgetsTheExpectedVersion, 1, OwnerRules.Rule, MoneyRules.Once, LifeRules.Rule);

    [Fact]
    public void Seed_2_finds_an_append_whose_tail_is_lost() =>
        Finds(
            KnownMutants.LosesTheTailOfAnAppend,
            2,
            AnswerRules.Rule,
            TruthRules.Back,
            MoneyRules.Together,
            LifeRules.Rule
        );

    [Fact]
    public void Seed_2_finds_a_repeat_of_an_append_that_had_happened() =>
        Finds(KnownMutants.RetriesWhatMayHaveHappened, 2, HoldingRules.Rule, MoneyRules.Once, LifeRules.Rule);

    [Fact]
    public void Seed_2_finds_a_deal_that_is_not_recognised_when_it_comes_again() =>
        Finds(KnownMutants.ForgetsDeals, 2, MoneyRules.Once);

    [Fact]
    public void Seed_2_finds_a_correction_that_is_counted_twice() =>
        Finds(KnownMutants.CorrectsTwice, 2, MoneyRules.Sum);

    [Fact]
    public void Seed_2_finds_a_deal_without_the_balance_that_it_moved() =>
        Finds(KnownMutants.ForgetsProfits, 2, MoneyRules.Together);

    [Fact]
    public void Seed_1_finds_a_wanted_symbol_that_is_not_streamed() =>
        Finds(KnownMutants.LosesLastSymbol, 1, TruthRules.Streams);

    [Fact]
    public void Seed_6_finds_a_symbol_that_nobody_wants_any_more_and_that_still_streams() =>
        Finds(KnownMutants.KeepsInterest, 6, TruthRules.Streams);

    [Fact]
    public void Seed_10_finds_a_link_that_reads_the_history_before_the_snapshot() =>
        Finds(
            KnownMutants.ReadsHistoryFirst,
            10,
            TruthRules.Deals,
            TruthRules.Trail,
            HoldingRules.Explained,
            TruthRules.Unexplained,
            TruthRules.Holdings
        );

    [Fact]
    public void Seed_2_finds_an_outage_whose_history_is_not_read() =>
        Finds(
            KnownMutants.RecoversNothing,
            2,
            TruthRules.Deals,
            TruthRules.Trail,
            HoldingRules.Explained,
            TruthRules.Unexplained,
            TruthRules.Holdings
        );

    [Fact]
    public void Seed_1_finds_an_outage_whose_orders_are_not_recovered() =>
        Finds(KnownMutants.ForgetsPastOrders, 1, TruthRules.Trail);

    [Fact]
    public void Seed_8_finds_tokens_that_are_used_before_they_are_stored() =>
        Finds(KnownMutants.UsesTokensAtOnce, 8, LinkRules.Rule);

    [Fact]
    public void Seed_1_finds_a_link_that_outlives_its_session() =>
        Finds(KnownMutants.LeavesLinksOpen, 1, LinkRules.One, LinkRules.Rule);

    [Fact]
    public void Seed_3_finds_a_snapshot_of_another_version_than_it_says() =>
        Finds(
            KnownMutants.SnapshotsAhead,
            3,
            MoneyRules.Sum,
            LifeRules.Rule,
            HoldingRules.Rule,
            HoldingRules.Explained,
            LinkRules.Rule
        );

    [Fact]
    public void Seed_3_finds_ticks_that_are_written_again_because_a_reader_did_not_see_them() =>
        Finds(KnownMutants.ReadsALaggingReplica, 3, TickRules.Once);

    [Fact]
    public void Seed_1_finds_a_checkpoint_outside_the_transaction() =>
        Finds(KnownMutants.CheckpointOutsideTheTransaction, 1, ReadRules.Rule);

    [Fact]
    public void Seed_1_finds_events_that_are_published_out_of_order() =>
        Finds(KnownMutants.PublishesOutOfOrder, 1, ReadRules.Rule);

    [Fact]
    public void Seed_1_finds_an_event_that_a_projection_passed_over() =>
        Finds(KnownMutants.SkipsOffsets, 1, ReadRules.Rule);

    private static void Finds(Mutant mutant, int first, params string[] rules)
    {
        var found = Enumerable
            .Range(first, MostSeeds)
            .Select(seed => World.Simulation.Run(seed, mutant))
            .FirstOrDefault(outcome => outcome.Found is not null);

        found.Should().NotBeNull("a bug must be found");
        rules.Should().Contain(found!.Found!.Rule, found.ToString());
    }
}
