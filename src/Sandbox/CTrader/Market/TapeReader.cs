using System.IO.Compression;
using System.Text;

namespace Trading.Sandbox.CTrader.Market;

/// <summary>
/// Reads a recorded tape line by line: <c>timestamp_ms,bid,ask</c>, plain or gzip, with or without a header. Prices are
/// read as integers, never through floating point, with up to five decimals.
/// </summary>
internal sealed class TapeReader(string path) : IAsyncDisposable
{
    private readonly Stream _stream = Open(path);
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private long _line;
    private bool _finished;

    /// <summary>Fills the span with the next ticks; zero at the end of the tape.</summary>
    public async ValueTask<int> ReadAsync(Memory<Tick> ticks, CancellationToken ct)
    {
        var count = 0;
        while (count < ticks.Length)
        {
            count += Parse(ticks.Span[count..]);
            if (count > 0 && (count == ticks.Length || _finished))
            {
                break;
            }

            if (_finished || !await FillAsync(ct))
            {
                break;
            }
        }

        return count;
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static Stream Open(string path)
    {
        var file = new FileStream(
            path,
            new FileStreamOptions
            {
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
                BufferSize = 1 << 16,
            }
        );
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
    }

    private async ValueTask<bool> FillAsync(CancellationToken ct)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), ct);
        if (read == 0)
        {
            _finished = true;
            if (_end > 0 && _buffer[_end - 1] != (byte)'\n')
            {
                _buffer[_end++] = (byte)'\n';
                _finished = false;
            }

            return _end > 0;
        }

        _end += read;
        return true;
    }

    private int Parse(Span<Tick> ticks)
    {
        var count = 0;
        while (count < ticks.Length)
        {
            var rest = _buffer.AsSpan(_start, _end - _start);
            var newline = rest.IndexOf((byte)'\n');
            if (newline < 0)
            {
                break;
            }

            _start += newline + 1;
            _line++;
            var line = rest[..newline].TrimEnd((byte)'\r');
            if (line.Length > 0 && !(_line == 1 && !char.IsAsciiDigit((char)line[0])))
            {
                ticks[count++] = ParseLine(line);
            }
        }

        return count;
    }

    private Tick ParseLine(ReadOnlySpan<byte> line)
    {
        var first = line.IndexOf((byte)',');
        var second = first < 0 ? -1 : line[(first + 1)..].IndexOf((byte)',') + first + 1;
        if (
            first <= 0
            || second <= first
            || !Number(line[..first], decimals: 0, out var time)
            || !Number(line[(first + 1)..second], decimals: 5, out var bid)
            || !Number(line[(second + 1)..], decimals: 5, out var ask)
        )
        {
            throw new InvalidDataException(
                $"Line {_line} of {path} is not timestamp_ms,bid,ask: {Encoding.UTF8.GetString(line)}"
            );
        }

        return new Tick(time, bid, ask);
    }

    private static bool Number(ReadOnlySpan<byte> text, int decimals, out long value)
    {
        value = 0;
        var left = -1;
        foreach (var c in text)
        {
            if (c == '.' && left < 0 && decimals > 0)
            {
                left = decimals;
            }
            else if (char.IsAsciiDigit((char)c) && left != 0)
            {
                value = value * 10 + (c - '0');
                left -= left > 0 ? 1 : 0;
            }
            else
            {
                return false;
            }
        }

        for (left = left < 0 ? decimals : left; left > 0; left--)
        {
            value *= 10;
        }

        return text.Length > 0;
    }
}
