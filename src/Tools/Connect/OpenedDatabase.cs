using Trading.Configuration;
using Trading.Domain;
using Trading.EventStore;

namespace Trading.Tools.Connect;

/// <summary>The database that a verb works on, and the keys to what is sealed in it.</summary>
internal sealed class OpenedDatabase(
    string connectionString,
    PrivateCluster? cluster,
    IReadOnlyDictionary<string, string> variables,
    string? dataFolder
) : IAsyncDisposable
{
    private KnownKeys? _keys;

    /// <summary>Of the database.</summary>
    public string ConnectionString { get; } = connectionString;

    /// <summary>The keys that are known for it.</summary>
    /// <exception cref="SettingsFileException">The key file cannot be read, or holds no key.</exception>
    /// <exception cref="ToolException">A variable does not hold a key.</exception>
    public KnownKeys Keys => _keys ??= KnownKeys.Find(variables, dataFolder);

    /// <summary>Refuses before a fold begins that could not open what is sealed for it.</summary>
    /// <param name="logs">Opened with <see cref="Keys"/>.</param>
    /// <param name="user">Whose events are folded; null for all.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ToolException">Keys are missing, or are others; it says which.</exception>
    public async Task MustOpenAsync(PostgresLogs logs, UserKey? user, CancellationToken cancellation)
    {
        if (await logs.Sealed.ExamineAsync(user, cancellation) is { } closed)
        {
            throw new ToolException($"{closed} {Remedy()}");
        }
    }

    /// <summary>The same for a stream: of a user's own, the user's key is needed.</summary>
    /// <exception cref="ToolException">The key is missing, or is another; it says which.</exception>
    public async Task MustOpenAsync(PostgresLogs logs, Domain.Logs.StreamName stream, CancellationToken cancellation)
    {
        if (OwnerOf(stream) is { } user)
        {
            await MustOpenAsync(logs, user, cancellation);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (cluster is not null)
        {
            await cluster.DisposeAsync();
        }
    }

    private string Remedy() =>
        Keys.Current is not null
            ? $"The key given is that of {Keys.Origin}: give the one that the service runs with in {MasterKeyText.Variable}."
        : dataFolder is null ? $"Give the key that the service runs with in {MasterKeyText.Variable}."
        : $"{Path.Combine(dataFolder, MasterKeyText.FileName)} is not there: give the key that the service runs with in "
            + $"{MasterKeyText.Variable}.";

    private static UserKey? OwnerOf(Domain.Logs.StreamName stream)
    {
        const int keyDigits = 64;
        var name = stream.Value;
        return name.Length > keyDigits && name[^keyDigits..] is var end && end.All(char.IsAsciiHexDigitLower)
            ? UserKey.Parse(end)
            : null;
    }
}
