using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Actors.Sessions;

/// <summary>Which sessions are to run, by the journal alone: a fold of starts and ends over all session streams, with a
/// snapshot so that the next start reads only what came after it.</summary>
internal sealed class RunningSessions(IEventLog log, ISnapshotStore snapshots)
{
    private const string Schema = "running-sessions-1";
    private static readonly StreamName s_stream = StreamName.Of("directory", "sessions");
    private readonly HashSet<UserKey> _running = [];
    private Offset _read;
    private Offset _saved;

    /// <summary>Reads on to the journal's head. Gives the sessions that are to run.</summary>
    /// <param name="beat">Called as it gets on: a journal can be long.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<IReadOnlyCollection<UserKey>> CatchUpAsync(Action beat, CancellationToken cancellation)
    {
        if (_read == Offset.Start)
        {
            await LoadAsync(cancellation);
        }

        await foreach (var batch in log.ReadAsync(_read, cancellation))
        {
            foreach (var recorded in batch)
            {
                Fold(recorded);
                _read = recorded.Offset;
            }

            beat();
        }

        return _running;
    }

    /// <summary>Keeps what was read, if anything was.</summary>
    public async Task SaveAsync(CancellationToken cancellation)
    {
        if (_read > _saved)
        {
            var keys = new byte[_running.Count * UserKeyBytes];
            foreach (var (index, user) in _running.Index())
            {
                Convert.FromHexString(user.Value, keys.AsSpan(index * UserKeyBytes, UserKeyBytes), out _, out _);
            }

            await snapshots.SaveAsync(s_stream, Schema, new(new(_read.Value), keys), cancellation);
            _saved = _read;
        }
    }

    private const int UserKeyBytes = 32;

    private async Task LoadAsync(CancellationToken cancellation)
    {
        var head = await log.HeadAsync(cancellation);
        if (
            await snapshots.LoadAsync(s_stream, Schema, cancellation) is { } snapshot
            && snapshot.Version.Value <= head.Value
        )
        {
            foreach (var key in snapshot.State.ToArray().Chunk(UserKeyBytes))
            {
                _running.Add(UserKey.Parse(Convert.ToHexStringLower(key)));
            }

            _read = _saved = new(snapshot.Version.Value);
        }
    }

    private void Fold(RecordedEvent recorded)
    {
        if (recorded.Type == SessionStarted.Descriptor.FullName && UserOf(recorded.Stream) is { } started)
        {
            _running.Add(started);
        }
        else if (
            (recorded.Type == SessionStopped.Descriptor.FullName || recorded.Type == SessionFailed.Descriptor.FullName)
            && UserOf(recorded.Stream) is { } ended
        )
        {
            _running.Remove(ended);
        }
    }

    private static UserKey? UserOf(StreamName stream) =>
        stream.Category == SessionRules.Category ? UserKey.Parse(stream.Id) : null;
}
