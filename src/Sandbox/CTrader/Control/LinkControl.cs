using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Faults;
using Trading.Sandbox.CTrader.OAuth;
using Trading.Sandbox.CTrader.Protocol;
using Trading.Sandbox.CTrader.World;

namespace Trading.Sandbox.CTrader.Control;

/// <summary>Everything that can go wrong between client and server. A null connection id means every connection.</summary>
public sealed class LinkControl
{
    private readonly SandboxWorld _world;

    internal LinkControl(SandboxWorld world) => _world = world;

    /// <summary>The open connections.</summary>
    public IReadOnlyList<ConnectionState> Connections()
    {
        lock (_world.Gate)
        {
            return [.. _world.Connections.Select(StateView.Of)];
        }
    }

    /// <summary>Resets connections; what was not sent is lost. Returns how many.</summary>
    /// <param name="connectionId">Which one.</param>
    public int Drop(long? connectionId = null) => Each(connectionId, c => c.Drop("dropped by the control endpoint"));

    /// <summary>Ends the sending direction, leaving the other one open. Returns how many.</summary>
    /// <param name="connectionId">Which one.</param>
    public int HalfClose(long? connectionId = null) => Each(connectionId, c => c.HalfClose());

    /// <summary>Sends nothing any more without closing, or goes on. Returns how many.</summary>
    /// <param name="stalled">True to stop sending.</param>
    /// <param name="connectionId">Which one.</param>
    public int Stall(bool stalled = true, long? connectionId = null)
    {
        var hit = Each(connectionId, c => c.Stall(stalled));
        lock (_world.Gate)
        {
            _world.ListenersChanged([]);
        }

        return hit;
    }

    /// <summary>Sends a frame whose body is no message. Returns how many.</summary>
    /// <param name="connectionId">Which one.</param>
    public int SendGarbage(long? connectionId = null) =>
        Each(connectionId, c => c.Output.AppendRaw([0, 0, 0, 6, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]));

    /// <summary>Announces a frame far larger than any limit. Returns how many.</summary>
    /// <param name="connectionId">Which one.</param>
    public int SendOversize(long? connectionId = null) =>
        Each(connectionId, c => c.Output.AppendRaw([0x7F, 0xFF, 0xFF, 0xFF, 0x08, 0xB3, 0x10]));

    /// <summary>Sends a message of a type no client knows. Returns how many.</summary>
    /// <param name="connectionId">Which one.</param>
    public int SendUnknownType(long? connectionId = null) =>
        Each(connectionId, c => c.Send(2_999, new ProtoHeartbeatEvent(), clientMsgId: null));

    /// <summary>Tells that the application's session is cut (2148) and ends every account session. Returns how many.</summary>
    /// <param name="reason">Text.</param>
    /// <param name="connectionId">Which one.</param>
    public int DisconnectClient(string reason = "disconnected", long? connectionId = null) =>
        Each(
            connectionId,
            c =>
            {
                c.Send(new ProtoOAClientDisconnectEvent { Reason = reason }, clientMsgId: null);
                c.Finish(reason);
            }
        );

    /// <summary>Ends the sessions of one account (2164).</summary>
    /// <param name="accountId">The ctidTraderAccountId.</param>
    public void DisconnectAccount(long accountId) => Each(connectionId: null, c => c.EndSession(accountId));

    /// <summary>Makes the next requests of a connection breach the rate limit. Returns how many connections.</summary>
    /// <param name="count">How many requests.</param>
    /// <param name="connectionId">Which one.</param>
    public int BreachRate(int count = 1, long? connectionId = null) =>
        Each(connectionId, c => c.Limiter.Forced = count);

    /// <summary>Refuses everything until a moment; heartbeats go on.</summary>
    /// <param name="endsAt">Unix milliseconds; 0 ends maintenance now.</param>
    public void Maintain(long endsAt)
    {
        lock (_world.Gate)
        {
            _world.MaintenanceEnds = endsAt;
        }
    }

    /// <summary>Arms a fault.</summary>
    /// <param name="rule">Which one, when, how often.</param>
    public void Arm(FaultRule rule) => _world.Faults.Arm(rule);

    /// <summary>Refuses logins of accounts (2102) with an error.</summary>
    /// <param name="errorCode">Name of the error.</param>
    /// <param name="count">How often; 0 for always.</param>
    public void RefuseLogins(string errorCode, int count = 0) =>
        Arm(
            new FaultRule
            {
                Kind = FaultKind.Refuse,
                PayloadType = (uint)PayloadType.ProtoOaAccountAuthReq,
                ErrorCode = errorCode,
                Count = count,
            }
        );

    /// <summary>Takes every armed fault back.</summary>
    public void ClearFaults() => _world.Faults.Clear();

    /// <summary>The faults still waiting.</summary>
    public IReadOnlyList<FaultRule> Faults() => _world.Faults.Rules;

    /// <summary>The newest tokens that grant an account.</summary>
    /// <param name="accountId">The ctidTraderAccountId.</param>
    public TokenPair Tokens(long accountId)
    {
        lock (_world.Gate)
        {
            var grant =
                _world.Tokens.Grants.LastOrDefault(g => g.AccountIds.Contains(accountId))
                ?? throw new KeyNotFoundException($"No token grants account {accountId}.");
            return new TokenPair(grant.AccessToken, grant.RefreshToken, grant.ExpiresAt);
        }
    }

    /// <summary>Lets an access token run out; its refresh token still works. Live sessions are told.</summary>
    /// <param name="accessToken">The token.</param>
    public void ExpireToken(string accessToken) => Token(accessToken, "Access token expired", _world.Tokens.Expire);

    /// <summary>Takes access and refresh token back. Live sessions are told.</summary>
    /// <param name="accessToken">The token.</param>
    public void RevokeToken(string accessToken) => Token(accessToken, "Access was revoked", _world.Tokens.Revoke);

    private void Token(string accessToken, string reason, Action<Grant> change)
    {
        lock (_world.Gate)
        {
            var grant = _world.Tokens.Find(accessToken) ?? throw new KeyNotFoundException("There is no such token.");
            change(grant);
            _world.InvalidateSessions(s => s.Grant.AccessToken == accessToken, reason);
        }
    }

    private int Each(long? connectionId, Action<Connection> act)
    {
        lock (_world.Gate)
        {
            var hit = _world.Connections.Where(c => connectionId is null || c.Id == connectionId).ToArray();
            foreach (var connection in hit)
            {
                act(connection);
            }

            return hit.Length;
        }
    }
}
