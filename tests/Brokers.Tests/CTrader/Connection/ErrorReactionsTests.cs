using FluentAssertions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.CTrader.Wire;
using Trading.Protocol.CTrader;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Connection;

public class ErrorReactionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 14, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Codes()
    {
        EnumDescriptor[] enums =
        [
            CommonReflection.Descriptor.FindTypeByName<EnumDescriptor>("ProtoErrorCode"),
            ModelReflection.Descriptor.FindTypeByName<EnumDescriptor>("ProtoOAErrorCode"),
        ];
        return [.. enums.SelectMany(codes => codes.Values).Select(code => code.Name)];
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_of_the_schema_has_a_line_of_its_own(string code) =>
        ErrorReactions.Knows(code).Should().BeTrue();

    [Theory]
    [InlineData("POSITION_NOT_FOUND_OR_NOT_OPENED")]
    [InlineData("ALREADY_CLOSED")]
    [InlineData("NO_ENOUGH_MONEY_TO_OPEN_POSITION")]
    [InlineData("CH_ACCESS_TOKEN_EXPIRED")]
    [InlineData("OA_ORDER_NOT_FOUND")]
    public void Names_met_outside_the_schema_are_known_too(string code) => ErrorReactions.Knows(code).Should().BeTrue();

    [Theory]
    [InlineData("CH_CLIENT_AUTH_FAILURE", nameof(ErrorReaction.Stop))]
    [InlineData("RET_ACCOUNT_DISABLED", nameof(ErrorReaction.Stop))]
    [InlineData("CH_ACCESS_TOKEN_INVALID", nameof(ErrorReaction.RenewToken))]
    [InlineData("OA_AUTH_TOKEN_EXPIRED", nameof(ErrorReaction.RenewToken))]
    [InlineData("ACCOUNT_NOT_AUTHORIZED", nameof(ErrorReaction.AuthoriseAccount))]
    [InlineData("CH_CLIENT_NOT_AUTHENTICATED", nameof(ErrorReaction.Reconnect))]
    [InlineData("ALREADY_LOGGED_IN", nameof(ErrorReaction.Harmless))]
    [InlineData("ALREADY_SUBSCRIBED", nameof(ErrorReaction.Harmless))]
    [InlineData("SERVER_IS_UNDER_MAINTENANCE", nameof(ErrorReaction.Wait))]
    [InlineData("CONNECTIONS_LIMIT_EXCEEDED", nameof(ErrorReaction.Wait))]
    [InlineData("NOT_ENOUGH_MONEY", nameof(ErrorReaction.Business))]
    [InlineData("TRADING_BAD_VOLUME", nameof(ErrorReaction.Fix))]
    public void Codes_ask_for_what_the_reference_says(string code, string reaction) =>
        ErrorReactions.Of(code, "", tradingCommand: true).ToString().Should().Be(reaction);

    [Theory]
    [InlineData("UNKNOWN_ERROR")]
    [InlineData("TIMEOUT_ERROR")]
    [InlineData("A_NAME_OF_NEXT_YEAR")]
    [InlineData(BrokerError.LinkLostCode)]
    public void A_doubt_is_looked_into_after_a_command_and_waited_out_after_a_question(string code)
    {
        ErrorReactions.Of(code, "", tradingCommand: true).Should().Be(ErrorReaction.Look);
        ErrorReactions.Of(code, "", tradingCommand: false).Should().Be(ErrorReaction.Wait);
    }

    [Fact]
    public void A_missing_account_session_hides_behind_a_general_code() =>
        ErrorReactions
            .Of("INVALID_REQUEST", "Trading account is not authorized", tradingCommand: false)
            .Should()
            .Be(ErrorReaction.AuthoriseAccount);

    [Fact]
    public void The_end_of_maintenance_is_read_in_seconds_and_in_milliseconds()
    {
        var end = Now.AddMinutes(7);

        var proxy = new ProtoErrorRes
        {
            ErrorCode = "CANT_ROUTE_REQUEST",
            MaintenanceEndTimestamp = (ulong)end.ToUnixTimeMilliseconds(),
        };
        var api = new ProtoOAErrorRes
        {
            ErrorCode = "SERVER_IS_UNDER_MAINTENANCE",
            MaintenanceEndTimestamp = end.ToUnixTimeSeconds(),
        };

        Parse(PayloadTypes.ProxyError, proxy).WaitAtLeast(Now).Should().Be(TimeSpan.FromMinutes(7));
        Parse(PayloadTypes.Error, api).WaitAtLeast(Now).Should().Be(TimeSpan.FromMinutes(7));
    }

    [Fact]
    public void What_the_broker_asks_us_to_wait_is_respected_within_reason()
    {
        var soon = new ProtoOAErrorRes { ErrorCode = "BLOCKED_PAYLOAD_TYPE", RetryAfter = 12 };
        var absurd = new ProtoOAErrorRes { ErrorCode = "BLOCKED_PAYLOAD_TYPE", RetryAfter = ulong.MaxValue };
        var past = new ProtoOAErrorRes { ErrorCode = "SERVER_IS_UNDER_MAINTENANCE", MaintenanceEndTimestamp = 1 };

        Parse(PayloadTypes.Error, soon).WaitAtLeast(Now).Should().Be(TimeSpan.FromSeconds(12));
        Parse(PayloadTypes.Error, absurd).WaitAtLeast(Now).Should().Be(TimeSpan.FromHours(2));
        Parse(PayloadTypes.Error, past).WaitAtLeast(Now).Should().Be(TimeSpan.Zero);
    }

    private static BrokerError Parse(uint type, IMessage error) =>
        BrokerError.Parse(type, error.ToByteArray(), tradingCommand: false);
}
