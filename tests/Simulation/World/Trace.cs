using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Trading.Simulation.World;

/// <summary>What happened, line by line: the newest lines to read, and a hash over all of them to compare two runs by.</summary>
internal sealed class Trace : IDisposable
{
    private const int MostKept = 100_000;
    private const int MostUnhashed = 100_000;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Queue<string> _lines = new();
    private readonly StringBuilder _unhashed = new();

    /// <summary>The newest lines.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Lines in all.</summary>
    public long Count { get; private set; }

    /// <summary>Takes note.</summary>
    public void Say(DateTimeOffset at, string text)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{at:HH:mm:ss.ffffff} {text}");
        _unhashed.Append(line).Append('\n');
        if (_unhashed.Length > MostUnhashed)
        {
            HashOn();
        }

        Count++;
        _lines.Enqueue(line);
        if (_lines.Count > MostKept)
        {
            _lines.Dequeue();
        }
    }

    /// <summary>The hash over all lines so far.</summary>
    public string Hash()
    {
        HashOn();
        return Convert.ToHexStringLower(_hash.GetCurrentHash().AsSpan(0, 8));
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void HashOn()
    {
        _hash.AppendData(Encoding.UTF8.GetBytes(_unhashed.ToString()));
        _unhashed.Clear();
    }
}
