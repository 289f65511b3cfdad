using Google.Protobuf;
using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Snapshots;

namespace Trading.Actors.Sessions;

/// <summary>Which sessions are to run and who claimed them last, by the journal alone: a fold over all session streams, with a
/// snapshot so that the next start reads only what came after it.</summary>
internal sealed class RunningSessions(IEventLog log, SnapshotClient snapshots)
{
    private const string SnapshotName = "keeper-sessions";
    private const string Form = "running-sessions-2";
    private readonly Dictionary<UserKey, (bool Running, string Owner)> _sessions = [];
    private Offset _read;
    private Offset _saved;

    /// <summary>Reads on to the journal's head. Gives the sessions that are to run, in the order of their names, each with the
    /// owner that claimed it last.</summary>
    /// <param name="beat">Called as it gets on: a journal can be long.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<IReadOnlyList<(UserKey User, string Owner)>> CatchUpAsync(
        Action beat,
        CancellationToken cancellation
    )
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

        return
        [
            .. _sessions
                .Where(pair => pair.Value.Running)
                .OrderBy(pair => pair.Key.Value, StringComparer.Ordinal)
                .Select(pair => (pair.Key, pair.Value.Owner)),
        ];
    }

    /// <summary>Keeps what was read, if anything was.</summary>
    public async Task SaveAsync(CancellationToken cancellation)
    {
        if (_read > _saved)
        {
            var snapshot = new RunningSessionsSnapshot();
            snapshot.Sessions.AddRange(
                _sessions.Select(pair => new RunningSessionSnapshot
                {
                    UserKey = pair.Key.Value,
                    Running = pair.Value.Running,
                    Owner = pair.Value.Owner,
                })
            );
            var read = _read;
            await snapshots.SaveAsync(SnapshotName, Form, read, snapshot.ToByteArray(), cancellation);
            _saved = read;
        }
    }

    private async Task LoadAsync(CancellationToken cancellation)
    {
        var head = await log.HeadAsync(cancellation);
        if (await snapshots.LoadAsync(SnapshotName, Form, cancellation) is { } snapshot && snapshot.At <= head)
        {
            foreach (var session in RunningSessionsSnapshot.Parser.ParseFrom(snapshot.State.Span).Sessions)
            {
                _sessions[UserKey.Parse(session.UserKey)] = (session.Running, string.Intern(session.Owner));
            }

            _read = _saved = snapshot.At;
        }
    }

    private void Fold(RecordedEvent recorded)
    {
        if (recorded.Stream.Category != SessionAggregate.Category)
        {
            return;
        }

        if (recorded.Type == SessionClaimed.Descriptor.FullName)
        {
            var user = UserKey.Parse(recorded.Stream.Id);
            var claimed = (SessionClaimed)recorded.DecodeForFold();
            _sessions[user] = (_sessions.GetValueOrDefault(user).Running, string.Intern(claimed.Owner));
        }
        else if (recorded.Type == SessionStarted.Descriptor.FullName)
        {
            var user = UserKey.Parse(recorded.Stream.Id);
            _sessions[user] = (true, _sessions.GetValueOrDefault(user).Owner ?? "");
        }
        else if (
            recorded.Type == SessionStopped.Descriptor.FullName
            || recorded.Type == SessionFailed.Descriptor.FullName
        )
        {
            var user = UserKey.Parse(recorded.Stream.Id);
            _sessions[user] = (false, _sessions.GetValueOrDefault(user).Owner ?? "");
        }
    }
}
