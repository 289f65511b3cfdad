using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Trading.Domain.Events;
using Xunit;

namespace Trading.Domain.Tests.Events;

public sealed class CatalogTests
{
    [Fact]
    public void Every_contract_file_is_in_the_catalog()
    {
        var inFolder = Directory.EnumerateFiles(Contracts.Protos, "*.proto").Select(Path.GetFileName);

        Contracts.Files.Select(file => file.Name).Should().BeEquivalentTo(inFolder);
    }

    [Fact]
    public void Names_are_unique_also_without_their_package() =>
        EventCatalog.ByName.Values.Select(descriptor => descriptor.Name).Should().OnlyHaveUniqueItems();

    [Fact]
    public void No_contract_holds_a_floating_point_number() =>
        Contracts
            .Files.SelectMany(file => file.MessageTypes)
            .SelectMany(message => message.Fields.InDeclarationOrder())
            .Where(field => field.FieldType is FieldType.Double or FieldType.Float)
            .Should()
            .BeEmpty();

    [Fact]
    public void No_contract_is_hidden_inside_another() =>
        Contracts
            .Files.SelectMany(file => file.MessageTypes)
            .Where(message => message.NestedTypes.Any() || message.EnumTypes.Any() || message.Oneofs.Any())
            .Should()
            .BeEmpty("the lock and the page of events list top-level types");

    [Fact]
    public void A_stored_name_is_the_protobuf_full_name() =>
        EventCatalog.NameOf(new BalanceChanged()).Should().Be("trading.account.v1.BalanceChanged");

    [Fact]
    public void An_unknown_name_is_refused_by_name()
    {
        var decode = () => EventCatalog.Decode("trading.account.v9.Imagined", ReadOnlyMemory<byte>.Empty);

        decode.Should().Throw<UnknownEventException>().Which.StoredName.Should().Be("trading.account.v9.Imagined");
    }

    [Fact]
    public void Bytes_of_another_shape_are_refused()
    {
        var decode = () => EventCatalog.Decode("trading.account.v1.BalanceChanged", new byte[] { 0xFF, 0xFF });

        decode.Should().Throw<UnknownEventException>();
    }

    [Fact]
    public void Any_event_survives_a_round_trip()
    {
        Prop.ForAll<int>(seed =>
            {
                var random = new Random(seed);
                foreach (var descriptor in EventCatalog.ByName.Values)
                {
                    var message = SampleMessage.Arbitrary(descriptor, random);
                    EventCatalog.Decode(EventCatalog.NameOf(message), message.ToByteArray()).Should().Be(message);
                }
            })
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Fields_of_a_later_version_survive_a_round_trip()
    {
        // Field 9999 as a varint and field 9998 as text, as a later version may write them.
        byte[] later = [0xF8, 0xF0, 0x04, 0x2A, 0xF2, 0xF0, 0x04, 0x02, (byte)'h', (byte)'i'];
        Prop.ForAll<int>(seed =>
            {
                var random = new Random(seed);
                foreach (var descriptor in EventCatalog.ByName.Values)
                {
                    byte[] bytes = [.. SampleMessage.Arbitrary(descriptor, random).ToByteArray(), .. later];
                    EventCatalog.Decode(descriptor.FullName, bytes).ToByteArray().Should().Equal(bytes);
                }
            })
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task The_page_of_events_tells_what_the_contracts_say()
    {
        var page = new EventsPage(await ProtoComments.ReadAsync(Contracts.Protos)).Write(Contracts.Files);
        if (Contracts.Updating)
        {
            await File.WriteAllTextAsync(Contracts.EventsPage, page);
        }

        var stored = await File.ReadAllTextAsync(Contracts.EventsPage);
        stored.Should().Be(page, "docs/events.md is written from the contracts. {0}", Contracts.HowToUpdate);
    }
}
