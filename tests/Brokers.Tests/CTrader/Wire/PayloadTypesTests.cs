using FluentAssertions;
using Google.Protobuf.Reflection;
using Trading.Brokers.CTrader.Wire;
using Trading.Protocol.CTrader;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Wire;

public class PayloadTypesTests
{
    private static readonly MessageDescriptor[] Payloads =
    [
        .. MessagesReflection.Descriptor.MessageTypes.Where(message => message.FindFieldByName("payloadType") != null),
    ];

    [Fact]
    public void The_schema_is_complete()
    {
        FileDescriptor[] files =
        [
            CommonReflection.Descriptor,
            ModelReflection.Descriptor,
            MessagesReflection.Descriptor,
        ];

        files.Sum(file => file.MessageTypes.Count + file.EnumTypes.Count).Should().Be(148);
        Enum.GetValues<ProtoOAPayloadType>().Should().HaveCount(89);
    }

    [Fact]
    public void Every_number_of_the_table_belongs_to_one_message() =>
        Payloads
            .Select(message => PayloadTypes.Of(message.Parser.ParseFrom([])))
            .Should()
            .OnlyHaveUniqueItems()
            .And.BeEquivalentTo(Enum.GetValues<ProtoOAPayloadType>().Select(type => (uint)type));

    [Fact]
    public void Every_request_has_an_answer_and_names_do_not_mislead()
    {
        foreach (var request in Payloads.Where(message => message.Name.EndsWith("Req", StringComparison.Ordinal)))
        {
            var type = PayloadTypes.Of(request.Parser.ParseFrom([]));
            Enum.GetValues<ProtoOAPayloadType>()
                .Count(answer => !PayloadTypes.IsRefusal((uint)answer) && PayloadTypes.Ends(type, (uint)answer))
                .Should()
                .Be(1, request.Name);
        }

        PayloadTypes.Ends(2135, 2165).Should().BeTrue("live bars are not answered by the next number");
        PayloadTypes.Ends(2106, 2126).Should().BeTrue("an order is answered by an execution event");
        PayloadTypes.Ends(2121, 2126).Should().BeFalse("an event with a request's id is no answer");
    }

    [Theory]
    [InlineData(50u)]
    [InlineData(2132u)]
    [InlineData(2142u)]
    public void Each_shape_of_refusal_ends_any_request(uint refusal)
    {
        PayloadTypes.Ends(2106, refusal).Should().BeTrue();
        PayloadTypes.Ends(2121, refusal).Should().BeTrue();
    }

    [Fact]
    public void Requests_for_the_past_count_against_the_slow_rate() =>
        Enum.GetValues<ProtoOAPayloadType>()
            .Where(type => PayloadTypes.IsHistorical((uint)type))
            .Select(type => (int)type)
            .Should()
            .BeEquivalentTo([2133, 2137, 2143, 2145, 2175, 2179, 2183]);
}
