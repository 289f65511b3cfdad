using FluentAssertions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Trading.Domain.Events;
using Xunit;

namespace Trading.Domain.Tests.Events;

public sealed class GoldenTests
{
    [Fact]
    public async Task Every_stored_sample_still_reads_as_it_did_and_writes_back_the_same_bytes()
    {
        foreach (var sample in await SamplesAsync())
        {
            sample
                .ReadsToday()
                .Should()
                .Be(sample.Reads, "sample {0} of {1} was stored so", sample.Number, sample.Type);
            EventCatalog.Decode(sample.Type, sample.Bytes).ToByteArray().Should().Equal(sample.Bytes);
        }
    }

    [Fact]
    public async Task Every_event_has_a_sample_of_its_present_shape()
    {
        var samples = await SamplesAsync();
        var newest = samples
            .GroupBy(sample => sample.Type)
            .ToDictionary(group => group.Key, group => group.MaxBy(s => s.Number)!);
        foreach (var descriptor in EventCatalog.ByName.Values)
        {
            newest.Should().ContainKey(descriptor.FullName, Contracts.HowToUpdate);
            Unset(EventCatalog.Decode(descriptor.FullName, newest[descriptor.FullName].Bytes))
                .Should()
                .BeEmpty("the newest sample of {0} sets every field. {1}", descriptor.FullName, Contracts.HowToUpdate);
        }
    }

    /// <summary>The stored samples; when asked to update, those of new shapes are added first and none is touched.</summary>
    private static async Task<IReadOnlyList<GoldenSample>> SamplesAsync()
    {
        if (Contracts.Updating)
        {
            await AddMissingAsync();
        }

        var samples = await GoldenSample.AllAsync();
        samples.Should().NotBeEmpty(Contracts.HowToUpdate);
        return samples;
    }

    private static async Task AddMissingAsync()
    {
        var samples = await GoldenSample.AllAsync();
        var stored = samples.ToLookup(sample => sample.Type);
        foreach (var descriptor in EventCatalog.ByName.Values)
        {
            var newest = stored[descriptor.FullName].MaxBy(sample => sample.Number);
            if (newest is null || Unset(EventCatalog.Decode(newest.Type, newest.Bytes)).Any())
            {
                await GoldenSample.Now(descriptor, (newest?.Number ?? 0) + 1).SaveAsync();
            }
        }
    }

    private static IEnumerable<string> Unset(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var value = field.Accessor.GetValue(message);
            if (IsUnset(field, value))
            {
                yield return field.FullName;
            }

            var parts =
                field.FieldType != FieldType.Message ? []
                : field.IsRepeated ? ((System.Collections.IEnumerable)value).Cast<IMessage>()
                : value is IMessage part ? [part]
                : Enumerable.Empty<IMessage>();
            foreach (var inner in parts.SelectMany(Unset))
            {
                yield return inner;
            }
        }
    }

    private static bool IsUnset(FieldDescriptor field, object? value) =>
        value switch
        {
            null => true,
            string text => text.Length == 0,
            ByteString bytes => bytes.IsEmpty,
            System.Collections.ICollection { Count: 0 } => true,
            IMessage or System.Collections.ICollection => false,
            bool yes => !yes,
            _ => field.FieldType == FieldType.Enum ? Convert.ToInt32(value) == 0 : Convert.ToInt64(value) == 0,
        };
}
