using System.Buffers;
using Google.Protobuf;
using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.CTrader.Faults;
using Trading.Sandbox.CTrader.World;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>Takes each frame through the gates — fault, maintenance, application, rate — to its handler.</summary>
internal static class Requests
{
    private static readonly Routes s_routes = Fill();

    public static void Handle(SandboxWorld world, Connection connection, ReadOnlySequence<byte> body, ILogger logger)
    {
        lock (world.Gate)
        {
            ProtoMessage envelope;
            try
            {
                envelope = ProtoMessage.Parser.ParseFrom(body);
            }
            catch (InvalidProtocolBufferException)
            {
                var context = new RequestContext(world, connection, 0, ClientMsgId: null);
                context.ProxyError("INVALID_REQUEST", "Malformed message");
                connection.Finish("malformed frame");
                return;
            }

            if (envelope.PayloadType == (uint)ProtoPayloadType.HeartbeatEvent)
            {
                return;
            }

            var id = envelope.HasClientMsgId ? envelope.ClientMsgId : null;
            Handle(new RequestContext(world, connection, envelope.PayloadType, id), envelope.Payload, logger);
        }
    }

    private static void Handle(RequestContext context, ByteString payload, ILogger logger)
    {
        Meters.Requests.Add(1);
        if (context.Connection.HasEnded)
        {
            return;
        }

        var fault = context.World.Faults.ForRequest(context.Connection.Id, context.PayloadType);
        switch (fault?.Kind)
        {
            case FaultKind.DropBefore:
                context.Connection.Drop("fault: dropped before the request was applied");
                return;
            case FaultKind.Hang:
                return;
            case FaultKind.Refuse:
                Refuse(context, fault);
                return;
            case FaultKind.DropAfter:
                context.Connection.IsMuted = true;
                Apply(context, payload, logger);
                context.Connection.Drop("fault: dropped after the request was applied");
                return;
            default:
                Apply(context, payload, logger);
                return;
        }
    }

    private static void Apply(RequestContext context, ByteString payload, ILogger logger)
    {
        if (s_routes.Find(context.PayloadType) is not { } route)
        {
            context.ProxyError("UNSUPPORTED_MESSAGE", $"Message {context.PayloadType} is not supported");
            return;
        }

        if (Gate(context, route))
        {
            return;
        }

        try
        {
            if (route.Handle(context, payload) is { } refusal)
            {
                Answer(context, route, refusal);
            }
        }
        catch (Exception e)
        {
            // A bug here must show in the log and at the client, but not take the connection with it.
            Log.RequestFailed(logger, e, context.Connection.Id, context.PayloadType);
            context.Error(new Refusal("UNKNOWN_ERROR", "The request failed"));
        }
    }

    /// <summary>True when the request was stopped, and answered, before its handler.</summary>
    private static bool Gate(RequestContext context, Route route)
    {
        if (context.Connection.Dismissed is { } dismissed)
        {
            context.Error(dismissed);
            return true;
        }

        if (context.World.MaintenanceEnds > context.Now)
        {
            var refusal = new Refusal("SERVER_IS_UNDER_MAINTENANCE", "The server is under maintenance");
            context.Error(refusal, context.World.MaintenanceEnds / 1_000);
            return true;
        }

        if (route.Needs != Needs.Nothing && !context.Connection.IsApplicationAuthorised)
        {
            context.Error(new Refusal("CH_CLIENT_NOT_AUTHENTICATED", "Client is not authenticated"));
            return true;
        }

        if (!context.Connection.Limiter.Admits(route.IsHistory))
        {
            var block = context.World.Options.BlockOnRateBreach;
            var refusal = block
                ? new Refusal("BLOCKED_PAYLOAD_TYPE", "This payload type is blocked")
                : new Refusal("REQUEST_FREQUENCY_EXCEEDED", "You have reached the rate limit of requests");
            context.Error(refusal, retryAfter: block ? 1UL : null);
            return true;
        }

        return false;
    }

    private static void Answer(RequestContext context, Route route, Refusal refusal)
    {
        // Trading commands are refused by an event of their own; what concerns the session comes as a plain error.
        if (route.Needs == Needs.Trading && context.Connection.Sessions.ContainsKey(context.AccountId ?? 0))
        {
            context.OrderError(refusal);
        }
        else
        {
            context.Error(refusal);
        }
    }

    private static void Refuse(RequestContext asked, FaultRule fault)
    {
        var context = fault.Unasked ? asked with { ClientMsgId = null } : asked;
        var refusal = new Refusal(fault.ErrorCode, fault.Description ?? fault.ErrorCode);
        if (fault.AsProxyError)
        {
            context.ProxyError(refusal.Code, refusal.Description, (ulong?)fault.MaintenanceEndTimestamp * 1_000);
        }
        else if (fault.AsOrderError)
        {
            context.AccountId = context.Connection.Sessions.Keys.FirstOrDefault();
            context.OrderError(refusal);
        }
        else
        {
            context.Error(refusal, fault.MaintenanceEndTimestamp, fault.RetryAfter);
        }

        if (fault.Closes)
        {
            context.Connection.Finish($"fault: refused with {refusal.Code}");
        }
    }

    private static Routes Fill()
    {
        var routes = new Routes();
        LoginRequests.Register(routes);
        ReferenceRequests.Register(routes);
        AccountRequests.Register(routes);
        TradingRequests.Register(routes);
        MarketRequests.Register(routes);
        HistoryRequests.Register(routes);
        return routes;
    }
}
