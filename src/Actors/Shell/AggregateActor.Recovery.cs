using Akka.Persistence;
using Google.Protobuf;
using Trading.Domain.Logs;

namespace Trading.Actors.Shell;

/// <summary>How a life begins, and what makes the next beginning short: replay, and snapshots of the state.</summary>
internal partial class AggregateActor<TState, TCommand>
{
    /// <inheritdoc/>
    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer offer:
                Restore(offer);
                break;
            case EventEnvelope past:
                if (_known is not null && _rules.IdOf(State, Life.Stream, past.Payload) is { } id)
                {
                    _known.Add(id);
                }

                Fold(past);
                _owner = _rules.Claim?.OwnerOf(past.Payload) ?? _owner;
                if (LastSequenceNr % EventsPerBeat == 0)
                {
                    Life.Pulse.Step();
                }

                break;
            case RecoveryCompleted:
                ActorLog.Recovered(Shell.Logger, Life.Stream, new(LastSequenceNr), LastSequenceNr - _fromSnapshot);
                if (Life.WasOwner && _owner != Shell.Owner)
                {
                    // Not by a write of ours, but lost all the same: a restart takes nothing back.
                    Life.Failure = new StreamLostException();
                    Context.Stop(Self);
                }
                else if (_rules.Claim is { } claim && claim.AtOnce(State))
                {
                    Begin(new(null, null, default, default, default));
                }
                else
                {
                    Resume();
                    MoveOn();
                }

                break;
        }
    }

    private void Restore(SnapshotOffer offer)
    {
        try
        {
            var snapshot = (StateSnapshot)offer.Snapshot;
            if (snapshot.Form != _rules.Snapshots!.Name)
            {
                throw new FormatException($"It is of the form '{snapshot.Form}'.");
            }

            State = _rules.Snapshots.Read(snapshot.State);
            Last = snapshot.At;
            _lastEventAt = snapshot.LastEventAt;
            _owner = snapshot.Owner;
            _snapshotAt = _fromSnapshot = offer.Metadata.SequenceNr;
        }
        catch (Exception unreadable) when (unreadable is InvalidProtocolBufferException or FormatException)
        {
            // A cache that cannot be read is no cache: the next life reads the journal from the start.
            ActorLog.SnapshotUnreadable(Shell.Logger, Life.Stream, unreadable);
            throw new SnapshotUnreadableException(unreadable);
        }
    }

    private void SaveWhenDue()
    {
        if (LastSequenceNr - _snapshotAt >= _rules.Limits.SnapshotEvery)
        {
            Save();
        }
    }

    private bool Save()
    {
        if (_rules.Snapshots is not { } snapshots || LastSequenceNr == _snapshotAt)
        {
            return false;
        }

        _snapshotAt = LastSequenceNr;
        var state = snapshots.Write(State);
        if (state.Length > _rules.Limits.MaxSnapshotBytes)
        {
            ActorLog.SnapshotTooLarge(Shell.Logger, Life.Stream, state.Length);
            return false;
        }

        SaveSnapshot(new StateSnapshot(snapshots.Name, state, Last, _lastEventAt, _owner));
        return true;
    }
}

/// <summary>Somebody else has claimed the stream since the last life.</summary>
internal sealed class StreamLostException() : Exception("Somebody else has claimed the stream.");

/// <summary>A snapshot that is not of the form that its name tells.</summary>
internal sealed class SnapshotUnreadableException(Exception cause) : Exception("The snapshot cannot be read.", cause);

/// <summary>Something outside that an aggregate waited for has failed.</summary>
internal sealed class OutsideFailedException(Exception cause) : Exception("Something outside failed.", cause);
