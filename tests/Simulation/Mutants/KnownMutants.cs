using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore;
using Trading.Simulation.Broker;
using Trading.Simulation.Scheduling;
using Trading.Simulation.World;

namespace Trading.Simulation.Mutants;

/// <summary>Deliberate bugs, each put around a port or in place of a rule.</summary>
internal static class KnownMutants
{
    public static Mutant AnswersBeforeItPersists { get; } =
        new()
        {
            Journal = (strand, log) =>
                new WrongJournal(log)
                {
                    Append = async (inner, request, _) =>
                    {
                        var head = await inner.HeadAsync(default);
                        strand.Begin(() => inner.AppendAsync(request, default).AsTask());
                        var count = request.Events.Count;
                        return new AppendOutcome.Appended(
                            head.Plus(count),
                            new((request.ExpectedVersion?.Value ?? 0) + count)
                        );
                    },
                },
        };

    public static Mutant ActsWhenFolding { get; } = new() { Rules = WrongRules.ActsWhenFolding };

    public static Mutant ForgetsTheExpectedVersion { get; } =
        new()
        {
            StoredJournal = log => new WrongJournal(log)
            {
                Append = async (inner, request, cancellation) =>
                {
                    var outcome = await inner.AppendAsync(request, cancellation);
                    return outcome is AppendOutcome.Conflict
                        ? await inner.AppendAsync(request with { ExpectedVersion = null }, cancellation)
                        : outcome;
                },
            },
        };

    public static Mutant ClaimsNothing { get; } = new() { Rules = (rules, _) => WrongRules.ClaimsNothing(rules) };

    public static Mutant ForgetsEpoch { get; } =
        new()
        {
            StoredMarket = log => new WrongMarket(log)
            {
                Append = async (inner, feed, epoch, ticks) =>
                {
                    var outcome = await inner.AppendAsync(feed, epoch, ticks, default);
                    return outcome is AppendOutcome.Fenced fenced
                        ? await inner.AppendAsync(feed, fenced.Current, ticks, default)
                        : outcome;
                },
            },
        };

    public static Mutant ClaimsWithoutRaising { get; } =
        new()
        {
            StoredMarket = log =>
            {
                var claimed = new Dictionary<StreamName, StreamClaim>();
                return new WrongMarket(log)
                {
                    Claim = async (inner, feed) =>
                        claimed.TryGetValue(feed, out var claim)
                            ? claim
                            : claimed[feed] = await inner.ClaimAsync(feed, default),
                };
            },
        };

    public static Mutant LosesTheTailOfAnAppend { get; } =
        new()
        {
            StoredJournal = log =>
            {
                var appends = 0;
                return new WrongJournal(log)
                {
                    Append = (inner, request, cancellation) =>
                        inner.AppendAsync(
                            request.Events.Count > 1 && ++appends % 5 == 0
                                ? request with
                                {
                                    Events = [.. request.Events.SkipLast(1)],
                                }
                                : request,
                            cancellation
                        ),
                };
            },
        };

    public static Mutant RetriesWhatMayHaveHappened { get; } =
        new()
        {
            Journal = (strand, log) =>
                new WrongJournal(log)
                {
                    Append = async (inner, request, cancellation) =>
                    {
                        try
                        {
                            return await inner.AppendAsync(request, cancellation);
                        }
                        catch (LogUnavailableException)
                        {
                            var fresh = request.Events.Select(e =>
                                EventEnvelope.Of(e.Payload, e.OccurredAt, e.User, e.CorrelationId)
                            );
                            return await inner.AppendAsync(
                                request with
                                {
                                    ExpectedVersion = null,
                                    Events = [.. fresh],
                                },
                                cancellation
                            );
                        }
                    },
                },
        };

    public static Mutant ForgetsDeals { get; } = new() { Rules = (rules, _) => WrongRules.ForgetsDeals(rules) };

    public static Mutant CorrectsTwice { get; } = new() { Rules = (rules, _) => WrongRules.CorrectsTwice(rules) };

    public static Mutant ForgetsProfits { get; } = new() { Rules = (rules, _) => WrongRules.ForgetsProfits(rules) };

    public static Mutant LosesLastSymbol { get; } = new() { Rules = (rules, _) => WrongRules.LosesLastSymbol(rules) };

    public static Mutant ReadsHistoryFirst { get; } = new() { Habits = new LinkHabits(ReadsHistoryFirst: true) };

    public static Mutant ForgetsPastOrders { get; } = new() { Habits = new LinkHabits(ForgetsPastOrders: true) };

    public static Mutant UsesTokensAtOnce { get; } = new() { Habits = new LinkHabits(UsesTokensAtOnce: true) };

    public static Mutant RecoversNothing { get; } =
        new() { Brokers = broker => new WrongSettings(broker, settings => settings with { RecoverSince = null }) };

    public static Mutant LeavesLinksOpen { get; } = new() { Brokers = broker => new StickyLinks(broker) };

    public static Mutant KeepsInterest { get; } = new() { Interest = interest => new LeakyInterest(interest) };

    public static Mutant SnapshotsAhead { get; } = new() { Snapshots = () => new BoastfulSnapshots() };

    public static Mutant ReadsALaggingReplica { get; } = new() { Market = market => new LaggingMarket(market) };

    public static Mutant CheckpointOutsideTheTransaction { get; } =
        new() { Reads = (auditor, trace, now) => new TwoTransactions(auditor, trace, now) };

    public static Mutant PublishesOutOfOrder { get; } = Told(WrongSubscriptions.Swapped);

    public static Mutant SkipsOffsets { get; } = Told(WrongSubscriptions.WithHoles);

    private static Mutant Told(
        Func<
            IAsyncEnumerable<IReadOnlyList<RecordedEvent>>,
            IAsyncEnumerable<IReadOnlyList<RecordedEvent>>
        > subscription
    ) => new() { ReadJournal = (Strand _, IEventLog log) => new WrongJournal(log) { Subscription = subscription } };
}
