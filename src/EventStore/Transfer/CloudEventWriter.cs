using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore.Records;
using Trading.EventStore.Verification;

namespace Trading.EventStore.Transfer;

/// <summary>Writes rows of the journal as lines; see <see cref="CloudEvents"/>. For one thread.</summary>
internal sealed class CloudEventWriter : IDisposable
{
    private readonly Utf8JsonWriter _json;
    private readonly IBufferWriter<byte> _output;
    private readonly string _source;
    private readonly bool _readable;

    public CloudEventWriter(IBufferWriter<byte> output, ReadOnlySpan<byte> log, bool readable)
    {
        _output = output;
        _source = CloudEvents.SourcePrefix + Convert.ToHexStringLower(log);
        _readable = readable;
        _json = new(output, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    /// <summary>One event of the journal.</summary>
    public void Event(ReadOnlyMemory<byte> row, StreamName stream, BatchRow batch)
    {
        var fields = new RowFields(row);
        var offset = fields.Int64();
        fields.Next();
        var version = fields.Int64();
        var id = fields.Guid();
        var correlation = fields.Guid();
        var causation = fields.Guid();
        var occurredAt = fields.Time();
        var recordedAt = fields.Time();
        var type = fields.Next();
        var user = fields.Next();
        fields.Next();
        var payload = fields.Next();

        Begin(id, type);
        _json.WriteString("subject"u8, stream.Value);
        Time("time"u8, occurredAt);
        _json.WriteString("datacontenttype"u8, _readable ? CloudEvents.Json : CloudEvents.Protobuf);
        Number("offset"u8, offset);
        Number("version"u8, version);
        _json.WriteString("correlationid"u8, correlation);
        _json.WriteString("causationid"u8, causation);
        Time("recordedat"u8, recordedAt);
        if (!user.IsEmpty)
        {
            Hex("userkey"u8, user);
        }

        _json.WriteString("batchid"u8, batch.Id);
        Number("batchfirst"u8, batch.Link.First);
        Number("batchlast"u8, batch.Link.Last);
        if (offset == batch.Link.Last)
        {
            Hex("batchhash"u8, batch.Link.Hash);
        }

        if (_readable)
        {
            _json.WritePropertyName("data"u8);
            EventJson.Write(_json, EventCatalog.Decode(Encoding.UTF8.GetString(type), payload.ToArray()));
        }
        else
        {
            _json.WriteBase64String("data_base64"u8, payload);
        }

        EndLine();
    }

    /// <summary>A user's key, as it is stored: wrapped by the master key.</summary>
    public void Key(byte[] user, byte[] wrapped, string? masterKey)
    {
        var name = Convert.ToHexStringLower(user);
        Begin(EventId.Derived($"key {name}").Value, Encoding.UTF8.GetBytes(CloudEvents.WrappedKey));
        _json.WriteString("userkey"u8, name);
        if (masterKey is not null)
        {
            _json.WriteString("masterkey"u8, masterKey);
        }

        _json.WriteBase64String("data_base64"u8, wrapped);
        EndLine();
    }

    /// <summary>The last line.</summary>
    public void End(Offset last, long events)
    {
        Begin(EventId.Derived($"end {_source} {last}").Value, Encoding.UTF8.GetBytes(CloudEvents.End));
        Number("offset"u8, last.Value);
        Number("count"u8, events);
        EndLine();
    }

    public void Dispose() => _json.Dispose();

    private void Begin(Guid id, ReadOnlySpan<byte> type)
    {
        _json.WriteStartObject();
        _json.WriteString("specversion"u8, CloudEvents.Version);
        _json.WriteString("id"u8, id);
        _json.WriteString("source"u8, _source);
        _json.WriteString("type"u8, type);
    }

    private void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        _output.Write("\n"u8);
    }

    private void Number(ReadOnlySpan<byte> name, long value)
    {
        Span<char> digits = stackalloc char[20];
        value.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
        _json.WriteString(name, digits[..length]);
    }

    private void Time(ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        Span<char> text = stackalloc char[CloudEvents.Time.Length];
        time.UtcDateTime.TryFormat(text, out var length, CloudEvents.Time, CultureInfo.InvariantCulture);
        _json.WriteString(name, text[..length]);
    }

    private void Hex(ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes) =>
        _json.WriteString(name, Convert.ToHexStringLower(bytes));
}

/// <summary>A batch with its id.</summary>
internal sealed record BatchRow(ChainLink Link, Guid Id);
