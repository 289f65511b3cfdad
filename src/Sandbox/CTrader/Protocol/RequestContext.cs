using Google.Protobuf;
using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.CTrader.World;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>One request being handled, under the world's lock.</summary>
internal sealed record RequestContext(SandboxWorld World, Connection Connection, uint PayloadType, string? ClientMsgId)
{
    /// <summary>The account the request speaks of, for the error answer.</summary>
    public long? AccountId { get; set; }

    public Broker Broker => World.Broker;

    public long Now => World.Broker.Now;

    public Refusal? Reply<TMessage>(TMessage answer)
        where TMessage : IMessage<TMessage>, new()
    {
        Connection.Send(answer, ClientMsgId);
        return null;
    }

    public void Error(Refusal refusal, long? maintenanceEndSeconds = null, ulong? retryAfter = null)
    {
        var error = new ProtoOAErrorRes { ErrorCode = refusal.Code, Description = refusal.Description };
        if (AccountId is { } id)
        {
            error.CtidTraderAccountId = id;
        }

        if (maintenanceEndSeconds is { } end)
        {
            error.MaintenanceEndTimestamp = end;
        }

        if (retryAfter is { } seconds)
        {
            error.RetryAfter = seconds;
        }

        Connection.Send(error, ClientMsgId);
    }

    public void OrderError(Refusal refusal) =>
        Connection.Send(
            new ProtoOAOrderErrorEvent
            {
                ErrorCode = refusal.Code,
                OrderId = refusal.OrderId ?? 0,
                CtidTraderAccountId = AccountId ?? 0,
                PositionId = refusal.PositionId ?? 0,
                Description = refusal.Description,
            },
            ClientMsgId
        );

    public void ProxyError(string code, string description, ulong? maintenanceEndMs = null)
    {
        var error = new ProtoErrorRes { ErrorCode = code, Description = description };
        if (maintenanceEndMs is { } end)
        {
            error.MaintenanceEndTimestamp = end;
        }

        Connection.Send(error, ClientMsgId);
    }
}
