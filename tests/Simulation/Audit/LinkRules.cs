using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Simulation.Broker;
using Trading.Simulation.Store;

namespace Trading.Simulation.Audit;

/// <summary>What is done in the outside world follows from what is on disk: an owner opens a link, states symbols and confirms
/// tokens only as the journal says at that moment. A process has one link for a session at most.</summary>
internal sealed class LinkRules(JournalFold journal, OwnerRules owners, Action<string, string> fail)
{
    public const string Rule = "effects only after they are recorded";
    public const string One = "a session has one link";
    private readonly Dictionary<(string Process, string Account), SimulatedLink> _links = [];

    /// <summary>A process opens a link.</summary>
    public void Opened(string process, BrokerAccount account, LinkSettings settings, SimulatedLink link)
    {
        if (_links.TryGetValue((process, account.Id), out var former) && !former.IsDisposed)
        {
            fail(One, $"{process} opens a second link to {account.Id}");
        }

        _links[(process, account.Id)] = link;
        if (!Owns(process, account.User))
        {
            return;
        }

        var session = journal.Find(account.User);
        var access = session?.Grant is { } grant
            ? SimulatedSealer.Open(account.User, grant.SealedAccessToken.Span)
            : null;
        if (
            session is not { Running: true }
            || session.Account != account.Id
            || session.Environment != settings.Environment
            || access != settings.Credentials.AccessToken
            || !session.Streams.SetEquals(settings.Symbols.Select(symbol => symbol.Value))
        )
        {
            fail(Rule, $"{process} opens a link to {account.Id} that the journal does not ask for: {session?.State}");
        }
    }

    /// <summary>A process states what is to be streamed.</summary>
    public void Wanted(string process, BrokerAccount account, IReadOnlySet<SymbolName> symbols)
    {
        if (
            Owns(process, account.User)
            && journal.Find(account.User) is { } session
            && !session.Streams.SetEquals(symbols.Select(symbol => symbol.Value))
        )
        {
            fail(
                Rule,
                $"{process} streams {Text(symbols.Select(s => s.Value))} to {account.Id}, recorded are {Text(session.Streams)}"
            );
        }
    }

    /// <summary>A process says that renewed tokens are stored.</summary>
    public void Confirmed(string process, BrokerAccount account, BrokerCredentials credentials)
    {
        if (
            Owns(process, account.User)
            && journal.Find(account.User)?.Grant is var grant
            && (
                grant is null
                || SimulatedSealer.Open(account.User, grant.SealedAccessToken.Span) != credentials.AccessToken
            )
        )
        {
            fail(Rule, $"{process} confirms tokens of {account.Id} that the journal does not hold");
        }
    }

    /// <summary>A token is used at the broker: it must have been recorded by then, or a crash now would lose it.</summary>
    public void Used(BrokerAccount account, string access, string process)
    {
        if (journal.Find(account.User)?.Tokens.Contains(access) is not true)
        {
            fail(Rule, $"{process} uses a token of {account.Id} that the journal does not hold");
        }
    }

    private bool Owns(string process, UserKey user) => owners.Owns(process, StreamName.Of("session", user.Value));

    private static string Text(IEnumerable<string> symbols) =>
        $"[{string.Join(' ', symbols.Order(StringComparer.Ordinal))}]";
}
