using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Domain.Sessions;

/// <summary>What a link's reports mean to a session. A session that is not to run takes nothing in.</summary>
internal static class LinkReports
{
    /// <summary>Once the retries are slow, no other failure is recorded sooner than this after the last: what goes on failing
    /// in turns for days must not fill the journal.</summary>
    private static readonly TimeSpan SlowNews = TimeSpan.FromMinutes(5);

    public static Decision Decide(SessionState state, BrokerReport report)
    {
        if (!state.Running || state.Book is null)
        {
            return Decision.Unchanged.Instance;
        }

        var changes = new Changes(state, report.At);
        switch (report)
        {
            case BrokerReport.LinkUp up:
                Up(changes, up);
                break;
            case BrokerReport.LinkDown down:
                Down(changes, down);
                break;
            case BrokerReport.LinkRefused refused:
                Refused(changes, refused);
                break;
            case BrokerReport.SymbolsReported symbols:
                AccountReports.Symbols(changes, symbols.Symbols);
                break;
            default:
                // Before the first snapshot there is nothing to compare with, and the snapshot will contain this.
                if (state.Book.Opened)
                {
                    Account(changes, report);
                }

                break;
        }

        return changes.ToDecision();
    }

    private static void Up(Changes changes, BrokerReport.LinkUp up)
    {
        if (up.Snapshot.Account.Description.AccountId != changes.Book.Account.Value)
        {
            return;
        }

        Reconciler.Reconcile(changes, up.Snapshot);
        if (changes.State.Phase != SessionPhase.Live)
        {
            changes.Add(
                new SessionConnected { AccountId = changes.Book.Account.Value, Attempt = (uint)Math.Max(1, up.Attempt) }
            );
        }
    }

    private static void Down(Changes changes, BrokerReport.LinkDown down)
    {
        if (changes.State.Phase is SessionPhase.Live or SessionPhase.Connecting)
        {
            changes.Add(new LinkLost { Reason = down.Reason, Code = down.Code });
        }
        else if (IsNews(changes, down))
        {
            changes.Add(
                new LinkRetryFailed
                {
                    Attempts = (uint)Math.Max(0, down.Attempts),
                    Reason = down.Reason,
                    Code = down.Code,
                }
            );
        }

        if (down.Slow && changes.State.Phase != SessionPhase.RetryingSlowly)
        {
            changes.Add(
                new LinkRetrySlowed
                {
                    Attempts = (uint)Math.Max(0, down.Attempts),
                    Reason = down.Reason,
                    Code = down.Code,
                }
            );
        }
    }

    // Whoever looks at a session that does not come up must read the newest refusal, not the first.
    private static bool IsNews(Changes changes, BrokerReport.LinkDown down) =>
        down.Code != changes.State.LossCode
        && (changes.State.Phase, down.Slow) switch
        {
            (SessionPhase.Retrying, false) => true,
            (SessionPhase.RetryingSlowly, _) => changes.At.ToUnixTimeMilliseconds() - changes.State.LossAtMs
                >= SlowNews.TotalMilliseconds,
            // What slows the retries down is recorded with its reason in any case.
            _ => false,
        };

    private static void Refused(Changes changes, BrokerReport.LinkRefused refused)
    {
        changes.EndStreams();
        if (refused.NeedsConsent)
        {
            changes.Add(new CredentialsRevoked { Reason = refused.Detail });
        }

        changes.Add(new SessionFailed { Code = refused.Code, Detail = refused.Detail });
    }

    private static void Account(Changes changes, BrokerReport report)
    {
        switch (report)
        {
            case BrokerReport.OrderStep step:
                OrderReports.Step(changes, step);
                break;
            case BrokerReport.OrderRefused refused:
                OrderReports.Refused(changes, refused);
                break;
            case BrokerReport.CashMoved cash:
                MoneyReports.Move(changes, cash.Movement, recovered: false);
                break;
            case BrokerReport.BonusMoved bonus:
                AccountReports.Bonus(changes, bonus.Bonus);
                break;
            case BrokerReport.AccountReported account:
                AccountReports.Figures(changes, account.Account);
                MoneyReports.Correct(changes, account.Account);
                break;
            case BrokerReport.SwapAccrued swap:
                PositionReports.Swap(changes, swap.Position, swap.Source);
                break;
            case BrokerReport.MarginReported margin:
                PositionReports.Margin(changes, margin.Margin);
                break;
            case BrokerReport.TrailingStopMoved moved:
                PositionReports.TrailingStop(changes, moved);
                break;
        }
    }
}
