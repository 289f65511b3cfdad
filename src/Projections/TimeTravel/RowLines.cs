using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Trading.Projections.Rows;

namespace Trading.Projections.TimeTravel;

/// <summary>Writes the rows of one read model as lines of JSON, the same bytes for the same rows, and hashes them. Not
/// thread-safe.</summary>
internal sealed class RowLines<TRow>(Table<TRow> table) : IDisposable
    where TRow : IStamped
{
    private readonly ArrayBufferWriter<byte> _line = new(1_024);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Utf8JsonWriter _writer = new(
        Stream.Null,
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
    );

    /// <summary>Rows hashed so far.</summary>
    public long Count { get; private set; }

    /// <summary>The statement that reads the rows of a table in the order of their keys.</summary>
    public string SelectFrom(string stored) =>
        $"select {table.SelectList} from {stored} order by "
        + string.Join(", ", table.Keys.Select(key => $"{key}::text collate \"C\""));

    /// <summary>The columns of the key as texts, to sort by.</summary>
    public string[] KeyOf(TRow row) =>
        [
            .. table.Keys.Select(key =>
                Convert.ToString(
                    table.Columns.First(column => column.Name == key).Stored(row),
                    CultureInfo.InvariantCulture
                ) ?? ""
            ),
        ];

    /// <summary>A row's line without its end, and into the hash with it. Valid until the next call.</summary>
    public ReadOnlyMemory<byte> Add(TRow row)
    {
        _line.ResetWrittenCount();
        _writer.Reset(_line);
        _writer.WriteStartObject();
        foreach (var column in table.Columns)
        {
            _writer.WritePropertyName(column.Name);
            WriteValue(column, column.Stored(row));
        }

        _writer.WriteEndObject();
        _writer.Flush();
        _hash.AppendData(_line.WrittenSpan);
        _hash.AppendData("\n"u8);
        Count++;
        return _line.WrittenMemory;
    }

    /// <summary>The hash of all lines.</summary>
    public string Hash() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _hash.Dispose();
    }

    private void WriteValue(Column<TRow> column, object? value)
    {
        switch (value)
        {
            case null:
                _writer.WriteNullValue();
                break;
            case string text when column.Type == "json":
                _writer.WriteRawValue(text);
                break;
            case string text:
                _writer.WriteStringValue(text);
                break;
            case bool truth:
                _writer.WriteBooleanValue(truth);
                break;
            case short number:
                _writer.WriteNumberValue(number);
                break;
            case int number:
                _writer.WriteNumberValue(number);
                break;
            case long number:
                _writer.WriteNumberValue(number);
                break;
            case decimal number:
                _writer.WriteNumberValue(number);
                break;
            case DateTime time:
                _writer.WriteStringValue(time);
                break;
            case byte[] bytes:
                _writer.WriteBase64StringValue(bytes);
                break;
            default:
                throw new InvalidOperationException($"Column {column.Name} holds a {value.GetType().Name}.");
        }
    }
}
