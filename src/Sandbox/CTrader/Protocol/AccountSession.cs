using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.CTrader.OAuth;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>One account authorised on one connection, with what it subscribed to.</summary>
internal sealed class AccountSession(Account account, Grant grant)
{
    public Account Account { get; } = account;
    public Grant Grant { get; } = grant;
    public Dictionary<long, SpotSubscription> Spots { get; } = [];
}
