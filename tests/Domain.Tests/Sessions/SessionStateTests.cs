using FluentAssertions;
using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.TestKit.Sessions;
using Xunit;
using static Trading.TestKit.Sessions.SessionCases;

namespace Trading.Domain.Tests.Sessions;

public sealed class SessionStateTests
{
    private static readonly StreamName Stream = StreamName.Of("session", User.Value);

    [Fact]
    public void Every_event_of_the_catalog_can_be_folded_and_none_but_a_sessions_changes_the_state()
    {
        foreach (var descriptor in EventCatalog.ByName.Values.Where(d => d.FindFieldByName("user_key") is null))
        {
            var empty = descriptor.Parser.ParseFrom([]);
            var folding = () => SessionEvolve.Apply(Started().State, Filled(empty), At);
            folding.Should().NotThrow(descriptor.FullName);
        }

        SessionEvolve.Apply(SessionState.Initial, new SpotTick(), At).Should().BeSameAs(SessionState.Initial);
    }

    [Fact]
    public void A_snapshot_gives_back_the_state_and_equal_states_give_equal_bytes()
    {
        var account = new SimulatedAccount();
        var random = new Random(1);
        var given = LiveOn(account).When(SessionCases.Stream("EURUSD")).Go();
        for (var i = 0; i < 200; i++)
        {
            given = given.After(RandomTrading.Step(account, random));
        }

        var bytes = SessionSnapshots.Write(given.State);

        SessionSnapshots.Write(SessionSnapshots.Read(bytes)).Should().Equal(bytes);
        SessionSnapshots.Write(SessionSnapshots.Read(SessionSnapshots.Write(SessionState.Initial))).Should().BeEmpty();
    }

    [Fact]
    public void The_schema_names_the_shape() =>
        SessionSnapshots.Schema.Should().MatchRegex("^session-[0-9]+-[0-9a-f]{12}$");

    [Fact]
    public void Recent_ids_are_forgotten_when_they_are_old_or_too_many()
    {
        var hour = (long)RecentIds.Window.TotalMilliseconds;
        var ids = RecentIds.Empty.With("a", 0).With("b", hour).With("c", hour + 1);
        ids.Contains("a").Should().BeFalse();
        ids.Contains("b").Should().BeTrue();

        var many = Enumerable.Range(0, RecentIds.Most + 5).Aggregate(RecentIds.Empty, (all, n) => all.With($"{n}", 0));
        many.Count.Should().Be(RecentIds.Most);
        many.Contains("4").Should().BeFalse();
        many.Contains("5").Should().BeTrue();
    }

    [Fact]
    public void Recent_ids_that_go_two_ways_from_one_past_do_not_see_each_other()
    {
        var past = RecentIds.Empty.With("a", 1, 1).With("b", 2);
        var one = past.With("c", 3).With("a", 9, 7);
        var other = past.With("d", 4);

        past.Entries.Should().Equal(("a", 1, 1), ("b", 2, 0));
        one.Entries.Should().Equal(("b", 2, 0), ("c", 3, 0), ("a", 9, 7));
        other.Entries.Should().Equal(("a", 1, 1), ("b", 2, 0), ("d", 4, 0));
        past.TagOf("a").Should().Be(1);
        past.Contains("c").Should().BeFalse();
        RecentIds.Empty.Contains("a").Should().BeFalse();
    }

    [Fact]
    public void Recent_ids_remember_what_a_plain_list_would()
    {
        var random = new Random(3);
        var ids = RecentIds.Empty;
        var plain = new List<(string Id, long At)>();
        var now = 0L;
        for (var n = 0; n < 30_000; n++)
        {
            now += random.Next(1, 20_000);
            var id = $"{(random.Next(10) == 0 && n > 50 ? n - random.Next(50) : n)}";
            ids = ids.With(id, now);
            plain.RemoveAll(entry => entry.Id == id || entry.At < now - (long)RecentIds.Window.TotalMilliseconds);
            plain.Add((id, now));
            if (n % 1_000 == 0)
            {
                ids.Entries.Select(entry => (entry.Id, entry.AtMs)).SequenceEqual(plain).Should().BeTrue();
                ids.Count.Should().Be(plain.Count);
            }
        }
    }

    [Fact]
    public void A_recent_id_takes_a_new_note()
    {
        var ids = RecentIds.Empty.With("a", 1, 2).With("a", 5, 3);

        ids.TagOf("a").Should().Be(3);
        ids.AtOf("a").Should().Be(5);
        ids.Count.Should().Be(1);
        ids.TagOf("b").Should().BeNull();
    }

    [Fact]
    public void Facts_the_broker_numbers_have_the_same_id_each_time_and_others_have_none()
    {
        var deal = new DealExecuted { AccountId = "1", DealId = "7" };
        var id = EventIdentity.Of(Stream, deal);

        id.Should().NotBeNull();
        EventIdentity
            .Of(
                Stream,
                new DealExecuted
                {
                    AccountId = "1",
                    DealId = "7",
                    Recovered = true,
                }
            )
            .Should()
            .Be(id);
        var ids = new IMessage[]
        {
            deal,
            new DealExecuted { AccountId = "2", DealId = "7" },
            new FundsDeposited { AccountId = "1", MovementId = "7" },
            new BalanceChanged { AccountId = "1", Cause = BalanceCause.Opening },
            new BalanceChanged
            {
                AccountId = "1",
                Cause = BalanceCause.Deal,
                CauseId = "7",
            },
            new BalanceChanged
            {
                AccountId = "1",
                Cause = BalanceCause.Withdrawal,
                CauseId = "7",
            },
        }.Select(payload => EventIdentity.Of(Stream, payload));
        ids.Should().OnlyHaveUniqueItems().And.NotContainNulls();
        EventIdentity
            .Of(Stream, new FundsWithdrawn { AccountId = "1", MovementId = "7" })
            .Should()
            .Be(EventIdentity.Of(Stream, new FundsDeposited { AccountId = "1", MovementId = "7" }));
        EventIdentity.Of(Stream, new LinkLost()).Should().BeNull();
        EventIdentity.Of(Stream, new BalanceChanged { Cause = BalanceCause.Correction }).Should().BeNull();
    }

    [Fact]
    public void What_was_forgotten_by_an_erasure_and_is_told_again_is_news()
    {
        var deal = new DealExecuted { AccountId = "1", DealId = "7" };
        var erased = new UserErased { UserKey = SessionCases.User.Value };

        var state = SessionEvolve.Apply(SessionState.Initial, erased, default);
        var again = SessionEvolve.Apply(state, erased, default);

        SessionSnapshots.Read(SessionSnapshots.Write(again)).Erasures.Should().Be(2);
        new[] { SessionState.Initial, state, again }
            .Select(life => EventIdentity.Of(Stream, deal, life.Erasures))
            .Should()
            .OnlyHaveUniqueItems();
    }

    [Fact]
    public void Equal_offers_of_symbols_have_equal_digests_whatever_the_account()
    {
        var one = SymbolCatalog.Of(new SimulatedAccount("1").Symbols);
        var other = SymbolCatalog.Of(new SimulatedAccount("2").Symbols);

        one.Digest.Should().Be(other.Digest).And.NotBe(SymbolCatalog.Empty.Digest);
        one.Find("EURUSD")!.SymbolId.Should().Be(1);
        one.Find("NOSUCH").Should().BeNull();
        one.NeededFor("EURGBP", "USD").Should().Equal("EURGBP", "GBPUSD");
        one.NeededFor("EURGBP", "CHF").Should().Equal("EURGBP");
    }

    [Fact]
    public void No_step_leaves_a_filled_or_rejected_order_but_the_word_that_its_cancel_came_too_late()
    {
        var steps = Enum.GetValues<OrderStepKind>();
        steps
            .Where(step => OrderTransitions.Next(OrderStatus.Filled, step) is not null)
            .Should()
            .Equal(OrderStepKind.CancelRejected);
        steps.Where(step => OrderTransitions.Next(OrderStatus.Rejected, step) is not null).Should().BeEmpty();
        foreach (var status in new[] { OrderStatus.Working, OrderStatus.PartlyFilled })
        {
            steps.Where(step => OrderTransitions.Next(status, step) is null).Should().Equal(OrderStepKind.Accepted);
        }
    }

    private static IMessage Filled(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (
                field.FieldType == Google.Protobuf.Reflection.FieldType.Message
                && !field.IsRepeated
                && field.Accessor.GetValue(message) is null
            )
            {
                field.Accessor.SetValue(message, field.MessageType.Parser.ParseFrom([]));
            }
        }

        return message;
    }
}
