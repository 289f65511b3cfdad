using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Trading.Tools.Events;

/// <summary>Writes one JSON object a line to standard output, many lines in one system call.</summary>
internal sealed class LineOutput : IDisposable
{
    private const int FlushAt = 64 * 1024;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushAt * 2);
    private readonly Stream _output;
    private readonly Utf8JsonWriter _writer;

    /// <summary>Writes to <paramref name="output"/>, which stays the caller's.</summary>
    public LineOutput(Stream output)
    {
        _output = output;
        // Lines are data for programs, never part of a web page: readable beats escaped.
        _writer = new(_buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Starts a line; the caller writes one object.</summary>
    public Utf8JsonWriter Begin()
    {
        _writer.Reset();
        return _writer;
    }

    /// <summary>Ends the line; writes what has gathered when it is much.</summary>
    /// <exception cref="IOException">Whoever reads the lines is gone.</exception>
    public async ValueTask EndAsync(CancellationToken cancellation)
    {
        await _writer.FlushAsync(cancellation);
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= FlushAt)
        {
            await FlushAsync(cancellation);
        }
    }

    /// <summary>Writes what has gathered.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        if (_buffer.WrittenCount == 0)
        {
            return;
        }

        await _output.WriteAsync(_buffer.WrittenMemory, cancellation);
        await _output.FlushAsync(cancellation);
        _buffer.ResetWrittenCount();
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
