using System.Threading.Channels;
using Akka.Actor;
using Trading.Actors.Feeds;
using Trading.Domain;
using Trading.Domain.Ports;

namespace Trading.Actors.Sessions;

/// <summary>An open link as the session's actor has it. What concerns the ticks is noted as soon as the link says it; the actor
/// asks for one report at a time, and a bounded number waits for it: a busy one slows the link.</summary>
internal sealed class SessionLink
{
    private readonly CancellationTokenSource _closing = new();
    private readonly IBrokerLink _link;
    private readonly SessionTicks _ticks;
    private readonly SessionStanding _standing;
    private readonly Channel<BrokerReport> _waiting;
    private readonly Task _hearing;
    private IReadOnlySet<SymbolName> _symbols;
    private Task _asking = Task.CompletedTask;
    private bool _asked;
    private bool _refused;

    /// <summary>Begins to listen.</summary>
    /// <param name="link">The link; closed with this.</param>
    /// <param name="ticks">Where its ticks go.</param>
    /// <param name="symbols">What it streams to begin with.</param>
    /// <param name="standing">What of the session outlives this.</param>
    /// <param name="capacity">Most reports waiting for the actor.</param>
    public SessionLink(
        IBrokerLink link,
        SessionTicks ticks,
        IReadOnlySet<SymbolName> symbols,
        SessionStanding standing,
        int capacity
    )
    {
        (_link, _ticks, _symbols, _standing) = (link, ticks, symbols, standing);
        _waiting = Channel.CreateBounded<BrokerReport>(
            new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true }
        );
        _hearing = HearAsync(_closing.Token);
    }

    /// <summary>Where its ticks go.</summary>
    public SessionTicks Ticks => _ticks;

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
        _ticks.ExpectRepeats(wanted.Except(_symbols));
        _symbols = wanted;
        _link.Want(wanted);
    }

    /// <summary>Confirms that renewed tokens are on disk.</summary>
    public void CredentialsStored(BrokerCredentials credentials) => _link.CredentialsStored(credentials);

    /// <summary>Closes the link. Gives what went wrong on the way, if anything did: the link is gone all the same.</summary>
    public async Task<Exception?> CloseAsync()
    {
        Hush();
        Exception? failure = null;
        try
        {
            await _link.DisposeAsync();
        }
        catch (Exception unclean)
        {
            failure = unclean;
        }

        await _asking;
        await _hearing;
        while (_link.Reports.TryRead(out var unread))
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
            while (await _waiting.Reader.WaitToReadAsync(closing))
            {
                if (_waiting.Reader.TryRead(out var report))
                {
                    reader.Tell(new Said(this, report));
                    return;
                }
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

    private async Task HearAsync(CancellationToken closing)
    {
        Exception? failure = null;
        try
        {
            while (await _link.Reports.WaitToReadAsync(closing))
            {
                while (_link.Reports.TryRead(out var report))
                {
                    Note(report);
                    await _waiting.Writer.WriteAsync(report, closing);
                }
            }

            failure = _refused ? null : new InvalidOperationException("The link ended without a word.");
        }
        catch (Exception broken)
        {
            failure = broken;
        }

        _waiting.Writer.TryComplete(failure);
    }

    // At once, whenever the actor comes to it.
    private void Note(BrokerReport report)
    {
        switch (report)
        {
            case BrokerReport.CredentialsRenewed renewed:
                // From here on they are the only ones that work.
                _standing.Unstored = renewed.Credentials;
                break;
            case BrokerReport.LinkUp:
                _ticks.ExpectRepeats();
                break;
            case BrokerReport.LinkDown:
                _ticks.ExpectRepeats();
                _ticks.Interrupted();
                break;
            case BrokerReport.LinkRefused:
                _refused = true;
                break;
        }
    }
}
