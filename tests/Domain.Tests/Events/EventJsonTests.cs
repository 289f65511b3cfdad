using System.Text.Json;
using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Trading.Domain.Events;
using Xunit;

namespace Trading.Domain.Tests.Events;

public sealed class EventJsonTests
{
    [Fact]
    public void An_event_reads_in_camel_case_with_exact_numbers_and_short_enum_names()
    {
        var balance = new BalanceChanged
        {
            AccountId = "17",
            Balance = 10_000.50m.ToEvent(),
            BalanceVersion = 7,
            Cause = BalanceCause.Deposit,
            CauseId = "d-1",
            Source = new BrokerMessage { Type = "ProtoOATrader", Body = ByteString.CopyFrom(1, 2, 3) },
        };

        EventJson
            .Format(balance)
            .Should()
            .Be(
                """{"accountId":"17","balance":10000.50,"delta":null,"balanceVersion":7,"cause":"deposit","causeId":"d-1","source":{"type":"ProtoOATrader","body":"AQID"}}"""
            );
    }

    [Fact]
    public void A_screen_is_spared_the_brokers_own_words()
    {
        var opened = new PositionOpened
        {
            AccountId = "1",
            Source = new BrokerMessage { Type = "T" },
        };

        EventJson
            .Format(opened, withSource: false)
            .Should()
            .Be("""{"accountId":"1","position":null,"recovered":false}""");
    }

    [Fact]
    public void Sealed_bytes_are_marked_as_sealed()
    {
        var identified = new UserIdentified { UserKey = "k", SealedUserId = ByteString.CopyFrom(9) };

        EventJson
            .Format(identified)
            .Should()
            .Be("""{"userKey":"k","sealedUserId":{"sealed":"CQ=="},"emailKey":"","sealedEmail":{"sealed":""}}""");
    }

    [Fact]
    public void A_number_no_binary_float_can_hold_keeps_every_digit()
    {
        var tick = new SpotTick
        {
            Symbol = "BTCUSD",
            Bid = 123456789012.345678m.ToEvent(),
            Ask = 0.00000001m.ToEvent(),
        };

        EventJson.Format(tick).Should().Contain("\"bid\":123456789012.345678,\"ask\":0.00000001,");
    }

    [Fact]
    public void An_enum_value_of_a_later_version_shows_as_its_number()
    {
        var deal = new DealExecuted { Side = (Side)77 };

        EventJson.Format(deal).Should().Contain("\"side\":77,");
    }

    [Fact]
    public void A_scale_against_the_contract_is_shown_and_not_hidden()
    {
        var tick = new SpotTick
        {
            Bid = new DecimalValue { Unscaled = -5, Scale = 40 },
        };

        EventJson.Format(tick).Should().Contain("\"bid\":{\"unscaled\":-5,\"scale\":40}");
    }

    [Fact]
    public void Any_event_gives_one_line_of_valid_json_with_every_field()
    {
        Prop.ForAll<int>(seed =>
            {
                var random = new Random(seed);
                foreach (var descriptor in EventCatalog.ByName.Values)
                {
                    var sample = SampleMessage.Arbitrary(descriptor, random);
                    var line = EventJson.Format(sample);
                    line.Should().NotContain("\n");
                    using var document = JsonDocument.Parse(line);
                    document
                        .RootElement.EnumerateObject()
                        .Select(property => property.Name)
                        .Should()
                        .Equal(
                            descriptor
                                .Fields.InDeclarationOrder()
                                .Where(field =>
                                    field.FieldNumber != PersonalFields.SealedNumber
                                    || field.Accessor.GetValue(sample) is ByteString { IsEmpty: false }
                                )
                                .Select(field => field.JsonName)
                        );
                }
            })
            .QuickCheckThrowOnFailure();
    }
}
