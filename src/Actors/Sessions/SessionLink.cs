using Akka.Actor;
using Trading.Actors.Feeds;
using Trading.Domain;
using Trading.Domain.Ports;

namespace Trading.Actors.Sessions;

/// <summary>An open link as the session's actor has it. The actor asks for one report at a time, so that a busy one slows the
/// link.</summary>
internal sealed class SessionLink(
    IBrokerLink link,
    SessionTicks ticks,
    IReadOnlySet<SymbolName> symbols,
    SessionStanding standing
)
{
    private readonly CancellationTokenSource _closing = new();
    private IReadOnlySet<SymbolName> _symbols = symbols;
    private Task _asking = Task.CompletedTask;
    private bool _asked;
    private bool _refused;

    /// <summary>Where its ticks go.</summary>
    public SessionTicks Ticks => ticks;

    /// <summary>The link has said something.</summary>
    public sealed record Said(SessionLink Link, BrokerReport Report) : INoSerializationVerificationNeeded;

    /// <summary>The link says nothing more and has not said why.</summary>
    public sealed record Broken(SessionLink Link, Exception Failure) : INoSerializationVerificationNeeded;

    /// <summary>Has the next report sent to the reader as soon as there is one. Asked again before that changes nothing.
    /// </summary>
    public void Ask(IActorRef reader)
    {
        if (!_asked)
        {
            _asked = true;
            _asking = TellNextAsync(reader);
        }
    }

    /// <summary>The report asked for has arrived.</summary>
    public void Answered() => _asked = false;

    /// <summary>States the set of symbols to stream.</summary>
    public void Want(IReadOnlySet<SymbolName> wanted)
    {
        ticks.ExpectRepeats(wanted.Except(_symbols));
        _symbols = wanted;
        link.Want(wanted);
    }

    /// <summary>Confirms that renewed tokens are on disk.</summary>
    public void CredentialsStored(BrokerCredentials credentials) => link.CredentialsStored(credentials);

    /// <summary>Closes the link. Gives what went wrong on the way, if anything did: the link is gone all the same.</summary>
    public async Task<Exception?> CloseAsync()
    {
        Hush();
        Exception? failure = null;
        try
        {
            await link.DisposeAsync();
        }
        catch (Exception unclean)
        {
            failure = unclean;
        }

        await _asking;
        while (link.Reports.TryRead(out var unread))
        {
            Note(unread);
        }

        _closing.Dispose();
        return failure;
    }

    // Here and not on a thread of the pool: only what is inside this link waits for it.
    private void Hush() => _closing.Cancel();

    private async Task TellNextAsync(IActorRef reader)
    {
        var closing = _closing.Token;
        try
        {
            while (await link.Reports.WaitToReadAsync(closing))
            {
                if (link.Reports.TryRead(out var report))
                {
                    Note(report);
                    reader.Tell(new Said(this, report));
                    return;
                }
            }

            if (!_refused && !closing.IsCancellationRequested)
            {
                reader.Tell(new Broken(this, new InvalidOperationException("The link ended without a word.")));
            }
        }
        catch (Exception failure)
        {
            if (!closing.IsCancellationRequested)
            {
                reader.Tell(new Broken(this, failure));
            }
        }
    }

    // At once, whenever the actor comes to it.
    private void Note(BrokerReport report)
    {
        switch (report)
        {
            case BrokerReport.CredentialsRenewed renewed:
                // From here on they are the only ones that work.
                standing.Unstored = renewed.Credentials;
                break;
            case BrokerReport.LinkUp:
                ticks.ExpectRepeats();
                break;
            case BrokerReport.LinkDown:
                ticks.ExpectRepeats();
                ticks.Interrupted();
                break;
            case BrokerReport.LinkRefused:
                _refused = true;
                break;
        }
    }
}
