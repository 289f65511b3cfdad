using Google.Protobuf;
using Trading.Sandbox.CTrader.Engine;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>What a request needs before its handler sees it.</summary>
internal enum Needs
{
    Nothing,
    Application,
    Account,
    Trading,
}

internal delegate Refusal? Handler(RequestContext context, ByteString payload);

/// <summary>A request this server knows. A refusal the handler returns becomes the error answer.</summary>
internal sealed record Route(Needs Needs, bool IsHistory, Handler Handle);

/// <summary>The table of requests, filled by one file per family.</summary>
internal sealed class Routes
{
    private readonly Dictionary<uint, Route> _routes = [];

    public Route? Find(uint payloadType) => _routes.GetValueOrDefault(payloadType);

    public void On<TRequest>(Needs needs, Func<RequestContext, TRequest, Refusal?> handle)
        where TRequest : IMessage<TRequest>, new() =>
        _routes[PayloadOf<TRequest>.Number] = new Route(
            needs,
            IsHistory: false,
            (context, payload) =>
                Parse<TRequest>(payload, out var request) is { } refusal ? refusal : handle(context, request)
        );

    public void OnAccount<TRequest>(
        Func<TRequest, long> account,
        Func<RequestContext, AccountSession, TRequest, Refusal?> handle,
        Needs needs = Needs.Account,
        bool history = false
    )
        where TRequest : IMessage<TRequest>, new() =>
        _routes[PayloadOf<TRequest>.Number] = new Route(
            needs,
            history,
            (context, payload) =>
            {
                if (Parse<TRequest>(payload, out var request) is { } refusal)
                {
                    return refusal;
                }

                context.AccountId = account(request);
                if (!context.Connection.Sessions.TryGetValue(account(request), out var session))
                {
                    return Refusal.Invalid("Trading account is not authorized");
                }

                return needs == Needs.Trading && session.Grant.Scope == Scope.ScopeView
                    ? new Refusal("TRADING_NOT_ALLOWED", "The access token has no trading scope")
                    : handle(context, session, request);
            }
        );

    private static Refusal? Parse<TRequest>(ByteString payload, out TRequest request)
        where TRequest : IMessage<TRequest>, new()
    {
        try
        {
            request = PayloadOf<TRequest>.Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException)
        {
            request = new TRequest();
            return Refusal.Invalid("The payload can not be read");
        }

        return request.IsInitialized() ? null : Refusal.Invalid("A required field is missing");
    }
}
