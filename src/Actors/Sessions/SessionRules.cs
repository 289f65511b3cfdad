using Trading.Actors.Persistence;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Sessions;

namespace Trading.Actors.Sessions;

/// <summary>The session aggregate as the shell runs it.</summary>
internal static class SessionRules
{
    /// <summary>The category of session streams.</summary>
    public const string Category = "session";

    public static Rules<SessionState, SessionCommand> Rules { get; } =
        new()
        {
            Initial = SessionState.Initial,
            Decide = SessionDecider.Decide,
            Evolve = SessionEvolve.Apply,
            IdOf = (state, stream, payload) => EventIdentity.Of(stream, payload, state.Erasures),
            Schema = SessionSnapshots.Schema,
            Write = SessionSnapshots.Write,
            Read = SessionSnapshots.Read,
        };

    /// <summary>The stream of a user's session.</summary>
    public static StreamName StreamOf(UserKey user) => StreamName.Of(Category, user.Value);
}
