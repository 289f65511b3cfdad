using FluentAssertions;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Trading.Actors.Protocol;
using Trading.Actors.Shell;
using Trading.Actors.Tests.Journals;
using Trading.Actors.Tests.Support;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.TestKit;
using Trading.TestKit.Nodes;
using Xunit;

namespace Trading.Actors.Tests;

/// <summary>What the shell does for an aggregate that brings its rules and nothing else.</summary>
public abstract class AggregateTests(JournalKind kind) : IAsyncLifetime
{
    private readonly SharedSnapshots _snapshots = new();
    private IJournalUnderTest _journal = null!;

    public async Task InitializeAsync() => _journal = await JournalUnderTest.CreateAsync(kind, TimeProvider.System);

    public async Task DisposeAsync() => await _journal.DisposeAsync();

    [Fact]
    public async Task An_aggregate_without_effects_is_its_rules_and_one_line()
    {
        await using (var node = Node())
        {
            (await node.SendAsync(3)).Should().BeOfType<CommandOutcome.Accepted>();
            (await node.SendAsync(0)).Should().BeOfType<CommandOutcome.Unchanged>();
            (await node.SendAsync(-1))
                .Should()
                .Be(new CommandOutcome.Refused(Refusal.Invalid, "A counter does not count backwards.", "value"));
        }

        await using var next = Node();
        await next.SendAsync(2);
        (await RecordedAsync()).Should().Equal(1, 2, 3, 4, 5);
    }

    [Fact]
    public async Task A_decision_of_more_events_than_one_write_may_hold_is_recorded_in_parts_and_answered_once()
    {
        await using var node = Node();

        var outcome = await node.SendAsync(AppendRequest.MaxEvents + 500);

        outcome.Should().BeOfType<CommandOutcome.Accepted>();
        (await RecordedAsync()).Should().Equal(Enumerable.Range(1, AppendRequest.MaxEvents + 500).Select(n => (long)n));
        if (_journal.HasOffsets)
        {
            outcome.Should().Be(new CommandOutcome.Accepted(new(AppendRequest.MaxEvents + 500)));
        }
    }

    [Fact]
    public async Task A_command_that_the_state_knows_by_its_id_changes_nothing_when_it_is_repeated()
    {
        var command = Guid.NewGuid();
        var rules = Counter.Rules with
        {
            Snapshots = null,
            HasDone = (count, id) => count.Done.Contains(id),
            Decide = (_, _) =>
                new Decision.Accepted([
                    new(new SubscriptionAdded { SymbolId = 1, Symbol = command.ToString() }, DateTimeOffset.UnixEpoch),
                ]),
        };
        await using (var node = Node(rules))
        {
            (await node.SendAsync(1, command)).Should().BeOfType<CommandOutcome.Accepted>();
            (await node.SendAsync(1, command)).Should().BeOfType<CommandOutcome.Unchanged>();
        }

        await using var next = Node(rules);
        (await next.SendAsync(1, command)).Should().BeOfType<CommandOutcome.Unchanged>();
        (await next.SendAsync(1, Guid.NewGuid())).Should().BeOfType<CommandOutcome.Accepted>();
        (await RecordedAsync()).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_fact_that_one_decision_tells_twice_is_recorded_once()
    {
        await using var node = Node(
            Counter.Rules with
            {
                IdOf = (_, stream, _) => EventId.Derived($"{stream}/the same"),
            }
        );

        await node.SendAsync(5);

        (await RecordedAsync()).Should().Equal(1);
    }

    [Fact]
    public async Task A_fact_that_the_state_has_forgotten_is_found_in_the_journal_and_not_recorded_again()
    {
        if (kind != JournalKind.Ours)
        {
            // Other journals do not know events by their ids.
            return;
        }

        await using var node = Node(
            Counter.Rules with
            {
                IdOf = (_, stream, _) => EventId.Derived($"{stream}/the same"),
            }
        );
        await node.SendAsync(1);

        // Whoever meets it first is told to ask again; the next life has read what there is.
        (await node.SendAsync(1))
            .Should()
            .BeOfType<CommandOutcome.Unavailable>();
        (await node.SendAsync(1)).Should().BeOfType<CommandOutcome.Unchanged>();

        (await RecordedAsync()).Should().Equal(1);
    }

    [Fact]
    public async Task A_snapshot_saves_the_folding_of_what_came_before_it()
    {
        await using (var node = Node())
        {
            await node.SendAsync(12);
        }

        var folded = 0;
        await using var next = Node(
            Counter.Rules with
            {
                Evolve = (count, payload, at) =>
                {
                    folded++;
                    return Counter.Rules.Evolve(count, payload, at);
                },
            }
        );
        await next.SendAsync(1);

        folded.Should().Be(1, "all that was there is in the snapshot");
        (await RecordedAsync()).Should().HaveCount(13).And.EndWith(13);
    }

    [Fact]
    public async Task A_snapshot_of_another_form_is_passed_over()
    {
        await using (var node = Node())
        {
            await node.SendAsync(12);
        }

        await using var next = Node(
            Counter.Rules with
            {
                Snapshots = Counter.Rules.Snapshots! with { Name = "counter-2" },
            }
        );
        (await next.SendAsync(1)).Should().BeOfType<CommandOutcome.Accepted>();

        (await RecordedAsync()).Should().HaveCount(13).And.EndWith(13);
        await Eventually.Be(() =>
            _snapshots.Change(CounterNode.Stream.Value, kept => StateFrame.Parser.ParseFrom(kept).ToByteArray())
        );
    }

    [Fact]
    public async Task A_message_without_a_serializer_of_its_own_is_neither_sent_nor_read()
    {
        await using var node = Node();
        var serialization = node.System.Serialization;

        var send = () => serialization.Serialize(new Stranger("hello"));
        var read = () => serialization.Deserialize("{}"u8.ToArray(), 1, typeof(Stranger).AssemblyQualifiedName!);

        send.Should().Throw<System.Runtime.Serialization.SerializationException>();
        read.Should().Throw<System.Runtime.Serialization.SerializationException>();
    }

    [Fact]
    public async Task A_command_and_its_reply_travel_as_protobuf()
    {
        await using var node = Node();
        var command = new CommandMessage(
            CounterNode.Stream,
            new Int32Value { Value = 7 },
            Guid.NewGuid(),
            Guid.NewGuid(),
            Guid.Empty
        );
        CommandOutcome[] outcomes =
        [
            new CommandOutcome.Accepted(new(42)),
            new CommandOutcome.Unchanged(new(41)),
            new CommandOutcome.Refused(Refusal.AccountNotGranted, "no", "accountId"),
            new CommandOutcome.Refused(Refusal.Invalid, "no"),
            new CommandOutcome.Unavailable("later"),
        ];

        Travelled(command).Should().Be(command);
        foreach (var outcome in outcomes)
        {
            Travelled(new CommandReply(command.ReplyId, outcome))
                .Should()
                .Be(new CommandReply(command.ReplyId, outcome));
        }

        T Travelled<T>(T message)
            where T : notnull
        {
            var serializer = (Akka.Serialization.SerializerWithStringManifest)
                node.System.Serialization.FindSerializerFor(message);
            serializer.Should().BeOfType<ShellSerializer>();
            return (T)serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message));
        }
    }

    private CounterNode Node(Aggregate<Count, Int32Value>? rules = null) =>
        new(_journal, _snapshots, rules ?? Counter.Rules);

    private async Task<List<long>> RecordedAsync()
    {
        var counted = new List<long>();
        await foreach (var recorded in _journal.Reader.ReadStreamAsync(CounterNode.Stream, StreamVersion.None, default))
        {
            counted.Add(((SubscriptionAdded)recorded.Decode()).SymbolId);
        }

        return counted;
    }

    private sealed record Stranger(string Word);
}
