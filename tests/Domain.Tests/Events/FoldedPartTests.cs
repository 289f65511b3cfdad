using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Trading.Domain.Events;
using Xunit;

namespace Trading.Domain.Tests.Events;

public sealed class FoldedPartTests
{
    [Fact]
    public void A_fold_sees_all_but_the_brokers_own_words() =>
        ForAnyEvent(message =>
        {
            var stored = Without(message, PersonalFields.SealedNumber);

            var folded = EventCatalog.DecodeForFold(EventCatalog.NameOf(stored), stored.ToByteArray());

            folded.Should().Be(Without(stored, SourceOf(stored)));
        });

    [Fact]
    public void What_is_sealed_is_seen_where_a_fold_needs_it() =>
        ForAnyEvent(message =>
        {
            var folded = EventCatalog.DecodeForFold(EventCatalog.NameOf(message), message.ToByteArray());

            Without(folded, SourceOf(message)).Should().Be(Without(message, SourceOf(message), SealedOf(message)));
        });

    [Fact]
    public void What_a_later_writer_put_behind_the_words_is_seen()
    {
        // Field 9999 as a varint.
        byte[] later = [0xF8, 0xF0, 0x04, 0x2A];
        ForAnyEvent(message =>
        {
            byte[] bytes = [.. message.ToByteArray(), .. later];

            EventCatalog.DecodeForFold(EventCatalog.NameOf(message), bytes).ToByteArray().Should().EndWith(later);
        });
    }

    [Fact]
    public void Bytes_that_are_cut_anywhere_are_refused_or_read_as_the_whole_reading_does() =>
        ForAnyEvent(message =>
        {
            var bytes = message.ToByteArray();
            var name = EventCatalog.NameOf(message);
            for (var length = 0; length < bytes.Length; length++)
            {
                var cut = bytes.AsMemory(0, length);
                if (Read(() => EventCatalog.Decode(name, cut)) is { } whole)
                {
                    var folded = EventCatalog.DecodeForFold(name, cut);
                    Without(folded, SourceOf(whole)).Should().Be(Without(whole, SourceOf(whole), SealedOf(whole)));
                }
                else
                {
                    var fold = () => EventCatalog.DecodeForFold(name, cut);
                    fold.Should().Throw<UnknownEventException>();
                }
            }
        });

    private static void ForAnyEvent(Action<IMessage> holds) =>
        Prop.ForAll<int>(seed =>
            {
                var random = new Random(seed);
                foreach (var descriptor in EventCatalog.ByName.Values)
                {
                    holds(SampleMessage.Arbitrary(descriptor, random));
                }
            })
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5));

    private static IMessage? Read(Func<IMessage> decode)
    {
        try
        {
            return decode();
        }
        catch (UnknownEventException)
        {
            return null;
        }
    }

    private static int? SourceOf(IMessage message) =>
        message.Descriptor.FindFieldByName("source") is { } field && field.MessageType == BrokerMessage.Descriptor
            ? field.FieldNumber
            : null;

    private static int? SealedOf(IMessage message) =>
        PersonalFields.MatterToFolds(message.Descriptor) ? null : PersonalFields.SealedNumber;

    private static IMessage Without(IMessage message, params int?[] fields)
    {
        var copy = message.Descriptor.Parser.ParseFrom(message.ToByteArray());
        foreach (var number in fields.OfType<int>())
        {
            copy.Descriptor.FindFieldByNumber(number)?.Accessor.Clear(copy);
        }

        return copy;
    }
}
