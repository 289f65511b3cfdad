using System.Text;

namespace Trading.EventStore.Transfer;

/// <summary>Cuts a stream into lines without copying each: a line is valid until the next one is asked for. For one
/// thread.</summary>
internal sealed class LineReader(Stream stream)
{
    private const int MostBytes = 64 * 1024 * 1024;
    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>The number of the line that was read last; the first is 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line without its end; null after the last one.</summary>
    /// <exception cref="InvalidDataException">A line is longer than any event can be.</exception>
    public ReadOnlyMemory<byte>? Next()
    {
        while (true)
        {
            var rest = _buffer.AsSpan(_start, _end - _start);
            var length = rest.IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = _buffer.AsMemory(_start, length);
                _start += length + 1;
                return Counted(line);
            }

            if (_ended)
            {
                var last = _buffer.AsMemory(_start, rest.Length);
                _start = _end;
                if (last.IsEmpty)
                {
                    return null;
                }

                return Counted(last);
            }

            Fill();
        }
    }

    // Some programs begin a file with a byte order mark, which is no part of its first line.
    private ReadOnlyMemory<byte> Counted(ReadOnlyMemory<byte> line) =>
        Number++ == 0 && line.Span.StartsWith(Encoding.UTF8.Preamble) ? line[Encoding.UTF8.Preamble.Length..] : line;

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= MostBytes)
            {
                throw new InvalidDataException($"A line is longer than {MostBytes} bytes.");
            }

            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
    }
}
