using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Trading.Domain.Logs;
using Trading.EventStore.Journal;
using Trading.EventStore.Records;

namespace Trading.EventStore.Transfer;

/// <summary>Reads the lines that <see cref="CloudEventWriter"/> writes. What a line does not say, or says in another way, is an
/// error of the file. For one thread.</summary>
internal sealed class CloudEventReader
{
    private const int MostTypeLength = 256;

    private readonly ByteInterner<byte[]> _users = new(hex => Hex(hex, EventContent.UserKeySize));
    private readonly ByteInterner<string> _names = new(Encoding.UTF8.GetString);
    private byte[] _content = new byte[4_096];

    /// <summary>What a line is.</summary>
    /// <param name="line">Without its end.</param>
    /// <param name="number">Which one of the file, for people.</param>
    /// <exception cref="InvalidDataException">No such line.</exception>
    public TransferLine Read(ReadOnlySpan<byte> line, long number)
    {
        try
        {
            return ReadObject(line);
        }
        catch (Exception malformed)
            when (malformed is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            // The parser counts lines too, but has seen only this one.
            var why = malformed.Message.Split(" LineNumber:")[0];
            throw new InvalidDataException($"Line {number} is not an event in CloudEvents form: {why}", malformed);
        }
    }

    private TransferLine ReadObject(ReadOnlySpan<byte> line)
    {
        var json = new Utf8JsonReader(line);
        var read = new PortableEvent();
        var (payload, masterKey, count, version) = ((byte[]?)null, (string?)null, 0L, false);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("not an object");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.ValueSpan;
            json.Read();
            switch (name.Length)
            {
                case 2 when name.SequenceEqual("id"u8):
                    read.Id = json.GetGuid();
                    break;
                case 4 when name.SequenceEqual("type"u8):
                    read.Type = _names.Get(json.ValueSpan);
                    break;
                case 4 when name.SequenceEqual("time"u8):
                    read.OccurredAt = Time(ref json);
                    break;
                case 5 when name.SequenceEqual("count"u8):
                    count = Number(ref json);
                    break;
                case 6 when name.SequenceEqual("offset"u8):
                    read.Offset = Number(ref json);
                    break;
                case 7 when name.SequenceEqual("version"u8):
                    read.Version = Number(ref json);
                    break;
                case 7 when name.SequenceEqual("subject"u8):
                    read.Stream = json.ValueIsEscaped ? json.GetString()! : _names.Get(json.ValueSpan);
                    break;
                case 7 when name.SequenceEqual("userkey"u8):
                    read.User = _users.Get(json.ValueSpan);
                    break;
                case 7 when name.SequenceEqual("batchid"u8):
                    read.BatchId = json.GetGuid();
                    break;
                case 9 when name.SequenceEqual("batchlast"u8):
                    read.BatchLast = Number(ref json);
                    break;
                case 9 when name.SequenceEqual("batchhash"u8):
                    read.BatchHash = Hex(json.ValueSpan, EventDigest.Size);
                    break;
                case 9 when name.SequenceEqual("masterkey"u8):
                    masterKey = json.GetString();
                    break;
                case 10 when name.SequenceEqual("batchfirst"u8):
                    read.BatchFirst = Number(ref json);
                    break;
                case 10 when name.SequenceEqual("recordedat"u8):
                    read.RecordedAt = Time(ref json);
                    break;
                case 11 when name.SequenceEqual("data_base64"u8):
                    payload = json.GetBytesFromBase64();
                    break;
                case 11 when name.SequenceEqual("causationid"u8):
                    read.Causation = json.GetGuid();
                    break;
                case 11 when name.SequenceEqual("specversion"u8):
                    version = json.ValueTextEquals(CloudEvents.Version);
                    break;
                case 13 when name.SequenceEqual("correlationid"u8):
                    read.Correlation = json.GetGuid();
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        if (!version)
        {
            throw new JsonException($"specversion is not {CloudEvents.Version}");
        }

        return Of(read, payload, masterKey, count);
    }

    private TransferLine Of(PortableEvent read, byte[]? payload, string? masterKey, long count)
    {
        switch (read.Type)
        {
            case CloudEvents.End:
                return new TransferLine.End(read.Offset, count);
            case CloudEvents.WrappedKey:
                return read.User is { } user && payload is not null
                    ? new TransferLine.Key(user, payload, masterKey)
                    : throw new JsonException("a key without user or bytes");
        }

        if (read.Stream.Length > StreamName.MaxLength || read.Type.Length > MostTypeLength)
        {
            throw new JsonException("a subject or type that is longer than any can be");
        }

        read.Payload =
            payload
            ?? throw new JsonException(
                "an event without data_base64: a readable export is for people and cannot be imported"
            );
        read.Digest = new byte[EventDigest.Size];
        Digest(read);
        return new TransferLine.Event(read);
    }

    private void Digest(PortableEvent read)
    {
        Span<byte> ids = stackalloc byte[48];
        read.Id.TryWriteBytes(ids, bigEndian: true, out _);
        read.Correlation.TryWriteBytes(ids[16..], bigEndian: true, out _);
        read.Causation.TryWriteBytes(ids[32..], bigEndian: true, out _);
        Span<byte> stream = stackalloc byte[3 * Math.Min(read.Stream.Length, 256)];
        Span<byte> type = stackalloc byte[3 * Math.Min(read.Type.Length, 256)];
        var content = new EventContent
        {
            Id = ids[..16],
            Correlation = ids[16..32],
            Causation = ids[32..],
            OccurredAt = read.OccurredAt,
            User = read.User,
            Stream = stream[..Encoding.UTF8.GetBytes(read.Stream, stream)],
            Type = type[..Encoding.UTF8.GetBytes(read.Type, type)],
            Payload = read.Payload,
        };
        if (_content.Length < content.Length)
        {
            _content = new byte[content.Length * 2];
        }

        Sha256.Hash(_content.AsSpan(0, content.Write(_content)), read.Digest);
    }

    private static long Number(ref Utf8JsonReader json) =>
        json.TokenType == JsonTokenType.String
        && Utf8Parser.TryParse(json.ValueSpan, out long number, out var length)
        && length == json.ValueSpan.Length
            ? number
            : throw new JsonException("a number is not a string of digits");

    private static long Time(ref Utf8JsonReader json) => PostgresTime.UnixMicroseconds(json.GetDateTimeOffset());

    private static byte[] Hex(ReadOnlySpan<byte> hex, int size)
    {
        var bytes = Convert.FromHexString(hex);
        return bytes.Length == size
            ? bytes
            : throw new FormatException(
                string.Create(CultureInfo.InvariantCulture, $"{bytes.Length} bytes in the place of {size}")
            );
    }
}

/// <summary>One line of a transfer file.</summary>
internal abstract record TransferLine
{
    private TransferLine() { }

    public sealed record Event(PortableEvent Content) : TransferLine;

    public sealed record Key(byte[] User, byte[] Wrapped, string? MasterKey) : TransferLine;

    public sealed record End(long Offset, long Count) : TransferLine;
}
