using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.EventStore.Journal;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests;

public sealed class Digests
{
    [Fact]
    public void The_form_of_a_digest_never_changes() =>
        Convert
            .ToHexStringLower(EventDigest.Of(Known()))
            .Should()
            .Be(KnownDigest, "what is in a journal must be verifiable for ever");

    [Fact]
    public void Every_part_of_the_content_is_in_the_digest()
    {
        var known = Known();
        RecordedEvent[] changed =
        [
            Known(id: new(Guid.AllBitsSet)),
            Known(stream: StreamName.Parse("account-8")),
            Known(type: "a.C"),
            Known(user: UserKey.Of("somebody")),
            Known(occurredAt: Some.Noon.AddMicroseconds(1)),
            Known(correlation: Guid.AllBitsSet),
            Known(causation: Guid.AllBitsSet),
            Known(payload: [1, 2, 4]),
            Known(payload: []),
        ];

        changed.Append(known).Select(e => Convert.ToHexString(EventDigest.Of(e))).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Moving_a_border_between_two_parts_changes_the_digest() =>
        Prop.ForAll(
                Seeded.From(random => (random.Next(1, 20), random.Next(1, 20))).ToArbitrary(),
                parts =>
                {
                    var text = new string('x', parts.Item1 + parts.Item2);
                    var one = Known(stream: StreamName.Parse($"a-{text[..parts.Item1]}"), type: text[parts.Item1..]);
                    var two = Known(stream: StreamName.Parse($"a-{text}"), type: "");
                    return !EventDigest.Of(one).AsSpan().SequenceEqual(EventDigest.Of(two));
                }
            )
            .Check(Seeded.Config());

    private const string KnownDigest = "55efee620881046e73c09986e3b337f1e2ac487665637eed700a568130fda00d";

    private static RecordedEvent Known(
        EventId? id = null,
        StreamName? stream = null,
        string type = "a.B",
        UserKey? user = null,
        DateTimeOffset? occurredAt = null,
        Guid? correlation = null,
        Guid? causation = null,
        byte[]? payload = null
    ) =>
        new()
        {
            Offset = new(1),
            Id = id ?? new(new Guid("00112233-4455-6677-8899-aabbccddeeff")),
            Stream = stream ?? StreamName.Parse("account-7"),
            Version = new(1),
            Type = type,
            User = user,
            OccurredAt = occurredAt ?? Some.Noon,
            RecordedAt = Some.Noon,
            CorrelationId = correlation ?? Guid.Empty,
            CausationId = causation ?? Guid.Empty,
            Payload = payload ?? [1, 2, 3],
            Digest = default,
        };
}
