using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.CTrader.OAuth;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>Application, accounts and tokens.</summary>
internal static class LoginRequests
{
    private static readonly Refusal s_badToken = new("CH_ACCESS_TOKEN_INVALID", "Invalid access token");

    public static void Register(Routes routes)
    {
        routes.On<ProtoOAApplicationAuthReq>(Needs.Nothing, Application);
        routes.On<ProtoOAAccountAuthReq>(Needs.Application, Account);
        routes.OnAccount<ProtoOAAccountLogoutReq>(r => r.CtidTraderAccountId, Logout);
        routes.On<ProtoOAVersionReq>(Needs.Nothing, (c, _) => c.Reply(new ProtoOAVersionRes { Version = "91" }));
        routes.On<ProtoOAGetAccountListByAccessTokenReq>(Needs.Application, Accounts);
        routes.On<ProtoOAGetCtidProfileByTokenReq>(Needs.Application, Profile);
        routes.On<ProtoOARefreshTokenReq>(Needs.Application, Refresh);
    }

    private static Refusal? Application(RequestContext context, ProtoOAApplicationAuthReq request)
    {
        var options = context.World.Options;
        if (context.Connection.IsApplicationAuthorised)
        {
            return new Refusal("CH_CLIENT_ALREADY_AUTHENTICATED", "Client is already authenticated");
        }

        if (request.ClientId != options.ClientId || request.ClientSecret != options.ClientSecret)
        {
            var refusal = new Refusal("CH_CLIENT_AUTH_FAILURE", "clientId or clientSecret is incorrect");
            context.Connection.Dismiss(refusal, "wrong application credentials");
            return refusal;
        }

        if (context.World.Connections.Count > options.MaxConnections)
        {
            return new Refusal("CONNECTIONS_LIMIT_EXCEEDED", "Too many connections of this application");
        }

        context.Connection.IsApplicationAuthorised = true;
        return context.Reply(new ProtoOAApplicationAuthRes());
    }

    private static Refusal? Account(RequestContext context, ProtoOAAccountAuthReq request)
    {
        var world = context.World;
        context.AccountId = request.CtidTraderAccountId;
        if (Valid(context, request.AccessToken, out var grant) is { } refusal)
        {
            return refusal;
        }

        if (
            !grant.AccountIds.Contains(request.CtidTraderAccountId)
            || !world.Broker.Accounts.TryGetValue(request.CtidTraderAccountId, out var account)
        )
        {
            return new Refusal("CH_CTID_TRADER_ACCOUNT_NOT_FOUND", "No such account is granted by this token");
        }

        if (account.IsLive != world.Options.IsLive)
        {
            return new Refusal("CANT_ROUTE_REQUEST", "Cannot route request");
        }

        if (account.Disabled || account.AccessRights == AccessRights.NoLogin)
        {
            return new Refusal("RET_ACCOUNT_DISABLED", "The account is disabled");
        }

        if (context.Connection.Sessions.ContainsKey(account.Id))
        {
            return new Refusal("ALREADY_LOGGED_IN", "Trading account is already authorized in this channel");
        }

        context.Connection.Sessions[account.Id] = new AccountSession(account, grant);
        return context.Reply(new ProtoOAAccountAuthRes { CtidTraderAccountId = account.Id });
    }

    private static Refusal? Logout(RequestContext context, AccountSession session, ProtoOAAccountLogoutReq request)
    {
        context.Reply(new ProtoOAAccountLogoutRes { CtidTraderAccountId = request.CtidTraderAccountId });
        context.Connection.EndSession(request.CtidTraderAccountId);
        return null;
    }

    private static Refusal? Accounts(RequestContext context, ProtoOAGetAccountListByAccessTokenReq request)
    {
        if (Valid(context, request.AccessToken, out var grant) is { } refusal)
        {
            return refusal;
        }

        var answer = new ProtoOAGetAccountListByAccessTokenRes
        {
            AccessToken = request.AccessToken,
            PermissionScope = grant.Scope,
        };
        foreach (var id in grant.AccountIds)
        {
            if (context.Broker.Accounts.TryGetValue(id, out var account))
            {
                answer.CtidTraderAccount.Add(AccountMessages.Listed(account));
            }
        }

        return context.Reply(answer);
    }

    private static Refusal? Profile(RequestContext context, ProtoOAGetCtidProfileByTokenReq request) =>
        Valid(context, request.AccessToken, out var grant)
        ?? context.Reply(
            new ProtoOAGetCtidProfileByTokenRes { Profile = new ProtoOACtidProfile { UserId = grant.UserId } }
        );

    private static Refusal? Refresh(RequestContext context, ProtoOARefreshTokenReq request)
    {
        if (context.World.Tokens.Refresh(request.RefreshToken) is not var (old, next))
        {
            return s_badToken;
        }

        context.Reply(
            new ProtoOARefreshTokenRes
            {
                AccessToken = next.AccessToken,
                TokenType = "bearer",
                ExpiresIn = TokenStore.LifetimeSeconds,
                RefreshToken = next.RefreshToken,
            }
        );
        context.World.InvalidateSessions(s => s.Grant.AccessToken == old.AccessToken, "Access token was refreshed");
        return null;
    }

    private static Refusal? Valid(RequestContext context, string token, out Grant grant)
    {
        grant = context.World.Tokens.Find(token)!;
        return grant is null ? s_badToken
            : context.World.Tokens.IsExpired(grant) ? new Refusal("CH_ACCESS_TOKEN_INVALID", "Access token expired")
            : null;
    }
}
