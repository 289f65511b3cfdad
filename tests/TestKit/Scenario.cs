using FluentAssertions;
using Google.Protobuf;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.TestKit;

/// <summary>Given these events, when this command, then those events: how an aggregate's rules are tested, without log,
/// clock or broker.</summary>
/// <param name="Initial">The state before any event.</param>
/// <param name="Decide">The rules.</param>
/// <param name="Evolve">The fold.</param>
public sealed record Scenario<TState, TCommand>(
    TState Initial,
    Func<TState, TCommand, Decision> Decide,
    Func<TState, IMessage, DateTimeOffset, TState> Evolve
)
{
    /// <summary>What has happened.</summary>
    public Given GivenEvents(DateTimeOffset at, params IEnumerable<IMessage> events) =>
        new(this, events.Aggregate(Initial, (state, payload) => Evolve(state, payload, at)));

    /// <summary>What was done, whatever came of it.</summary>
    public Given GivenCommands(params IEnumerable<TCommand> commands) =>
        commands.Aggregate(new Given(this, Initial), (given, command) => given.When(command).Go());

    /// <summary>A state to ask something of.</summary>
    public sealed record Given(Scenario<TState, TCommand> Scenario, TState State)
    {
        /// <summary>Asks.</summary>
        public When When(TCommand command) => new(this, Scenario.Decide(State, command));
    }

    /// <summary>An answer to look at.</summary>
    public sealed record When(Given Given, Decision Decision)
    {
        /// <summary>The events decided, none when nothing was.</summary>
        public IReadOnlyList<Happened> Events => Decision is Decision.Accepted accepted ? accepted.Events : [];

        /// <summary>Exactly these events, in this order, by content.</summary>
        public Given Then(params IMessage[] expected)
        {
            Events.Select(happened => happened.Payload).Should().Equal(expected);
            return Go();
        }

        /// <summary>Events of exactly these types, in this order.</summary>
        public Given ThenTypes(params Type[] expected)
        {
            Events.Select(happened => happened.Payload.GetType()).Should().Equal(expected);
            return Go();
        }

        /// <summary>It is so already.</summary>
        public Given ThenUnchanged()
        {
            Decision.Should().BeOfType<Decision.Unchanged>();
            return Given;
        }

        /// <summary>The rules say no.</summary>
        public Given ThenRefused(Refusal code, string? field = null)
        {
            Decision
                .Should()
                .BeOfType<Decision.Refused>()
                .Which.Should()
                .BeEquivalentTo(new { Code = code, Field = field });
            return Given;
        }

        /// <summary>The only event of this type among those decided.</summary>
        public T The<T>()
            where T : IMessage =>
            Events.Select(happened => happened.Payload).OfType<T>().Should().ContainSingle().Which;

        /// <summary>Goes on from the state with the events applied.</summary>
        public Given Go() =>
            Given with
            {
                State = Events.Aggregate(
                    Given.State,
                    (state, happened) => Given.Scenario.Evolve(state, happened.Payload, happened.At)
                ),
            };
    }
}
