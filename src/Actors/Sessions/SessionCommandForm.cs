using Google.Protobuf;
using Trading.Actors.Protocol;
using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Sessions;

namespace Trading.Actors.Sessions;

/// <summary>How the commands of a session travel. What its own link says does not.</summary>
internal static class SessionCommandForm
{
    /// <summary>The form.</summary>
    public static CommandForm<SessionCommand> Form { get; } =
        new(SessionCommandFrame.Descriptor.FullName, command => Write(command).ToByteArray(), Read);

    private static SessionCommandFrame Write(SessionCommand command)
    {
        var frame = new SessionCommandFrame { AtMs = command.At.ToUnixTimeMilliseconds() };
        switch (command)
        {
            case SessionCommand.Identify identify:
                frame.Identify = new()
                {
                    UserKey = identify.User.Value,
                    SealedUserId = ByteString.CopyFrom(identify.SealedUserId.Span),
                    EmailKey = identify.EmailKey?.Value ?? "",
                    SealedEmail = ByteString.CopyFrom(identify.SealedEmail.Span),
                };
                break;
            case SessionCommand.Grant grant:
                frame.Grant = new()
                {
                    UserKey = grant.User.Value,
                    Broker = grant.Broker,
                    SealedAccessToken = ByteString.CopyFrom(grant.SealedAccessToken.Span),
                    SealedRefreshToken = ByteString.CopyFrom(grant.SealedRefreshToken.Span),
                    ExpiresAtMs = grant.ExpiresAt?.ToUnixTimeMilliseconds() ?? 0,
                    Scope = grant.Scope,
                    Accounts = { grant.Accounts },
                };
                break;
            case SessionCommand.Revoke revoke:
                frame.Revoke = new() { Reason = revoke.Reason };
                break;
            case SessionCommand.SelectAccount select:
                frame.SelectAccount = new() { AccountId = select.Account.Value, Environment = select.Environment };
                break;
            case SessionCommand.Start start:
                frame.Start = new() { UserKey = start.User.Value, RequestedBy = start.RequestedBy };
                break;
            case SessionCommand.Stop stop:
                frame.Stop = new() { Reason = stop.Reason };
                break;
            case SessionCommand.StreamSymbols stream:
                frame.StreamSymbols = new() { Symbols = { stream.Symbols.Select(symbol => symbol.Value) } };
                break;
            default:
                throw new ArgumentException($"{command.GetType().Name} stays where it was said.", nameof(command));
        }

        return frame;
    }

    private static SessionCommand Read(ReadOnlyMemory<byte> bytes)
    {
        var frame = SessionCommandFrame.Parser.ParseFrom(bytes.Span);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(frame.AtMs);
        return frame.CommandCase switch
        {
            SessionCommandFrame.CommandOneofCase.Identify => new SessionCommand.Identify(
                UserKey.Parse(frame.Identify.UserKey),
                frame.Identify.SealedUserId.Memory,
                frame.Identify.EmailKey.Length == 0 ? null : UserKey.Parse(frame.Identify.EmailKey),
                frame.Identify.SealedEmail.Memory
            )
            {
                At = at,
            },
            SessionCommandFrame.CommandOneofCase.Grant => new SessionCommand.Grant(
                UserKey.Parse(frame.Grant.UserKey),
                frame.Grant.Broker,
                frame.Grant.SealedAccessToken.Memory,
                frame.Grant.SealedRefreshToken.Memory,
                frame.Grant.ExpiresAtMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(frame.Grant.ExpiresAtMs),
                frame.Grant.Scope,
                [.. frame.Grant.Accounts]
            )
            {
                At = at,
            },
            SessionCommandFrame.CommandOneofCase.Revoke => new SessionCommand.Revoke(frame.Revoke.Reason) { At = at },
            SessionCommandFrame.CommandOneofCase.SelectAccount => new SessionCommand.SelectAccount(
                new(frame.SelectAccount.AccountId),
                frame.SelectAccount.Environment
            )
            {
                At = at,
            },
            SessionCommandFrame.CommandOneofCase.Start => new SessionCommand.Start(
                UserKey.Parse(frame.Start.UserKey),
                frame.Start.RequestedBy
            )
            {
                At = at,
            },
            SessionCommandFrame.CommandOneofCase.Stop => new SessionCommand.Stop(frame.Stop.Reason) { At = at },
            SessionCommandFrame.CommandOneofCase.StreamSymbols => new SessionCommand.StreamSymbols(
                frame.StreamSymbols.Symbols.Select(symbol => new SymbolName(symbol)).ToHashSet()
            )
            {
                At = at,
            },
            _ => throw new FormatException("A session command without a command."),
        };
    }
}
