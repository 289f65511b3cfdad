using System.Buffers;
using System.Buffers.Binary;
using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Trading.Brokers.CTrader.Wire;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Wire;

public class FrameReaderTests
{
    private const int Cap = 4096;

    [Fact]
    public void Frames_come_out_whole_and_in_order_however_the_stream_is_cut() =>
        Check.One(
            Seeded.Config(500),
            Prop.ForAll(
                Seeded.From(random => (Bodies: Bodies(random), Seed: random.Next())).ToArbitrary(),
                given =>
                {
                    var stream = given.Bodies.SelectMany(Frame).ToArray();
                    var taken = new List<byte[]>();
                    var random = new Random(given.Seed);
                    var rest = ReadOnlySequence<byte>.Empty;
                    for (var at = 0; at < stream.Length; )
                    {
                        var piece = Math.Min(random.Next(1, 40), stream.Length - at);
                        rest = Joined(rest.ToArray(), stream[at..(at + piece)]);
                        at += piece;
                        while (FrameReader.TryTake(ref rest, Cap, out var body) == FrameStatus.Complete)
                        {
                            taken.Add(body.ToArray());
                        }
                    }

                    return rest.IsEmpty
                        && taken.Select(Convert.ToHexString).SequenceEqual(given.Bodies.Select(Convert.ToHexString));
                }
            )
        );

    [Fact]
    public void Nothing_is_taken_before_the_last_byte_is_there()
    {
        var stream = Frame([1, 2, 3]).ToArray();

        for (var length = 0; length < stream.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(stream.AsMemory(0, length));
            FrameReader.TryTake(ref buffer, Cap, out _).Should().Be(FrameStatus.Incomplete);
            buffer.Length.Should().Be(length);
        }
    }

    [Fact]
    public void An_empty_frame_is_told_apart_and_passed()
    {
        var buffer = new ReadOnlySequence<byte>([.. Frame([]), .. Frame([7])]);

        FrameReader.TryTake(ref buffer, Cap, out _).Should().Be(FrameStatus.Empty);
        FrameReader.TryTake(ref buffer, Cap, out var body).Should().Be(FrameStatus.Complete);
        body.ToArray().Should().Equal(7);
    }

    [Theory]
    [InlineData(Cap + 1u)]
    [InlineData(0x8000_0000u)]
    [InlineData(uint.MaxValue)]
    public void A_frame_above_the_cap_is_refused_by_its_length_alone(uint length)
    {
        var prefix = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(prefix, length);
        var buffer = new ReadOnlySequence<byte>(prefix);

        FrameReader.TryTake(ref buffer, Cap, out _).Should().Be(FrameStatus.TooLong);
    }

    private static byte[][] Bodies(Random random) =>
        [
            .. Enumerable
                .Range(0, random.Next(1, 12))
                .Select(_ =>
                {
                    var body = new byte[random.Next(1, 60)];
                    random.NextBytes(body);
                    return body;
                }),
        ];

    private static IEnumerable<byte> Frame(byte[] body)
    {
        var prefix = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(prefix, body.Length);
        return [.. prefix, .. body];
    }

    // Two segments, as a pipe hands them out when a frame lies across its buffers.
    private static ReadOnlySequence<byte> Joined(byte[] first, byte[] second)
    {
        var head = new Segment(first, 0);
        var tail = new Segment(second, first.Length);
        head.Append(tail);
        return new ReadOnlySequence<byte>(head, 0, tail, second.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, long index)
        {
            Memory = bytes;
            RunningIndex = index;
        }

        public void Append(Segment next) => Next = next;
    }
}
