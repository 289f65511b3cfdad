using FluentAssertions;
using Trading.Actors.Sessions;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Sessions;
using Trading.TestKit.Sessions;
using Xunit;

namespace Trading.Actors.Tests;

public sealed class SessionCommandFormTests
{
    private static readonly DateTimeOffset s_at = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private static readonly byte[] s_sealed = [1, 2, 3];

    public static TheoryData<SessionCommand> Commands { get; } =
        new()
        {
            new SessionCommand.Identify(SessionCases.User, s_sealed, UserKey.Of("a@b.c"), s_sealed) { At = s_at },
            new SessionCommand.Identify(SessionCases.User, s_sealed, null, default) { At = s_at },
            new SessionCommand.Grant(
                SessionCases.User,
                "ctrader",
                s_sealed,
                s_sealed,
                s_at.AddDays(30),
                "trade",
                [
                    new GrantedAccount
                    {
                        AccountId = "1",
                        Environment = BrokerEnvironment.Live,
                        Login = "2",
                    },
                ]
            )
            {
                At = s_at,
            },
            new SessionCommand.Grant(SessionCases.User, "ctrader", s_sealed, default, null, "view", []) { At = s_at },
            new SessionCommand.Revoke("why") { At = s_at },
            new SessionCommand.SelectAccount(new("1"), BrokerEnvironment.Demo) { At = s_at },
            new SessionCommand.Start(SessionCases.User, "bridge") { At = s_at },
            new SessionCommand.Stop("enough") { At = s_at },
            new SessionCommand.StreamSymbols(new HashSet<SymbolName> { new("EURUSD"), new("XAUUSD") }) { At = s_at },
        };

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_from_outside_arrives_as_it_was_sent(SessionCommand command)
    {
        var form = SessionCommandForm.Form;

        var arrived = form.Read(form.Write(command));

        arrived.GetType().Should().Be(command.GetType());
        arrived
            .Should()
            .BeEquivalentTo(
                (object)command,
                like =>
                    like.RespectingRuntimeTypes()
                        .Using<ReadOnlyMemory<byte>>(pair =>
                            pair.Subject.ToArray().Should().Equal(pair.Expectation.ToArray())
                        )
                        .WhenTypeIs<ReadOnlyMemory<byte>>()
            );
    }

    [Fact]
    public void What_the_link_of_a_session_says_does_not_travel()
    {
        var observe = SessionCases.Observe(new SimulatedAccount().Down());

        var write = () => SessionCommandForm.Form.Write(observe);

        write.Should().Throw<ArgumentException>();
    }
}
