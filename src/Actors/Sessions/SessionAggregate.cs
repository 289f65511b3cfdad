using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Sessions;

namespace Trading.Actors.Sessions;

/// <summary>The session as the shell runs it.</summary>
internal static class SessionAggregate
{
    /// <summary>The category of session streams.</summary>
    public const string Category = "session";

    /// <summary>Its rules and forms, within these bounds.</summary>
    public static Aggregate<SessionState, SessionCommand> Of(ActorOptions options) =>
        new()
        {
            Category = Category,
            Initial = SessionState.Initial,
            Decide = SessionDecider.Decide,
            Evolve = SessionEvolve.Apply,
            IdOf = (state, stream, payload) => EventIdentity.Of(stream, payload, state.Erasures),
            UserOf = id => UserKey.Parse(id),
            Claim = new(state => state.Running, SessionClaims.Of, payload => (payload as SessionClaimed)?.Owner),
            Commands = SessionCommandForm.Form,
            Snapshots = new(SessionSnapshots.Schema, SessionSnapshots.Write, SessionSnapshots.Read),
            Limits = options.Sessions,
        };

    /// <summary>The stream of a user's session.</summary>
    public static StreamName StreamOf(UserKey user) => StreamName.Of(Category, user.Value);
}
