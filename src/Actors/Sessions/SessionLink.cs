using System.Threading.Channels;
using Trading.Actors.Feeds;
using Trading.Domain;
using Trading.Domain.Liveness;
using Trading.Domain.Ports;

namespace Trading.Actors.Sessions;

/// <summary>An open link and the task that carries its reports into the mailbox, one after the other: a full mailbox slows
/// the link.</summary>
internal sealed class SessionLink
{
    private readonly IBrokerLink _link;
    private readonly SessionTicks _ticks;
    private IReadOnlySet<SymbolName> _symbols;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _pump;

    /// <summary>Starts carrying.</summary>
    /// <param name="link">The link; closed with this.</param>
    /// <param name="ticks">Where its ticks go.</param>
    /// <param name="symbols">What it streams to begin with.</param>
    /// <param name="take">Takes one report.</param>
    /// <param name="broken">Told when the reports end without the link having said why.</param>
    public SessionLink(
        IBrokerLink link,
        SessionTicks ticks,
        IReadOnlySet<SymbolName> symbols,
        Func<BrokerReport, CancellationToken, ValueTask> take,
        Func<Exception, CancellationToken, ValueTask> broken
    )
    {
        _link = link;
        _ticks = ticks;
        _symbols = symbols;
        Closing = _closing.Token;
        _pump = PumpAsync(take, broken);
    }

    /// <summary>How the link does, when it can tell.</summary>
    public Vital? Vital => _link.Vital;

    /// <summary>Where its ticks go.</summary>
    public SessionTicks Ticks => _ticks;

    /// <summary>Cancelled when the link is being closed.</summary>
    public CancellationToken Closing { get; }

    /// <summary>States the set of symbols to stream.</summary>
    public void Want(IReadOnlySet<SymbolName> symbols)
    {
        _ticks.ExpectRepeats(symbols.Except(_symbols));
        _symbols = symbols;
        _link.Want(symbols);
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
            when (unclean is IOException or InvalidOperationException or OperationCanceledException)
        {
            failure = unclean;
        }

        await _pump;
        _closing.Dispose();
        return failure;
    }

    // Here and not on a thread of the pool: only what is inside this link waits for it.
    private void Hush() => _closing.Cancel();

    private async Task PumpAsync(
        Func<BrokerReport, CancellationToken, ValueTask> take,
        Func<Exception, CancellationToken, ValueTask> broken
    )
    {
        await Task.Yield();
        try
        {
            var refused = false;
            await foreach (var report in _link.Reports.ReadAllAsync(Closing))
            {
                refused |= report is BrokerReport.LinkRefused;
                await take(report, Closing);
            }

            if (!refused && !Closing.IsCancellationRequested)
            {
                await broken(new InvalidOperationException("The link ended without a word."), Closing);
            }
        }
        catch (OperationCanceledException) when (Closing.IsCancellationRequested)
        {
            // Closed on purpose.
        }
        catch (ChannelClosedException)
        {
            // The actor is leaving and takes no more.
        }
        catch (Exception failure) when (!Closing.IsCancellationRequested)
        {
            await TellAsync(broken, failure);
        }
    }

    private async Task TellAsync(Func<Exception, CancellationToken, ValueTask> broken, Exception failure)
    {
        try
        {
            await broken(failure, Closing);
        }
        catch (Exception gone) when (gone is ChannelClosedException or OperationCanceledException)
        {
            // The actor is leaving or closes the link: nobody needs to know.
        }
    }
}
