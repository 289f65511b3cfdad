using System.Threading.Channels;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Faults;
using Trading.Sandbox.Tests.Support;

namespace Trading.Sandbox.Tests.Protocol;

/// <summary>Whatever a client sends, in whatever state its connection is: an answer comes, or the connection ends.</summary>
public sealed class Every_request_is_answered : SandboxTest
{
    private const long Demo = 5_150_705;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    public enum State
    {
        New,
        WrongSecret,
        TooManyConnections,
        Application,
        Account,
        Maintenance,
        Ended,
    }

    public static TheoryData<State> States => [.. Enum.GetValues<State>()];

    private static IEnumerable<IMessage> Requests =>
        MessagesReflection
            .Descriptor.MessageTypes.Where(message => message.Name.EndsWith("Req", StringComparison.Ordinal))
            .Select(Filled);

    [Theory]
    [MemberData(nameof(States))]
    public async Task In_every_state_of_a_connection(State state)
    {
        foreach (var request in Requests.Append(new ProtoOAApplicationAuthRes()).Append(WireClient.Login))
        {
            await using var client = await InAsync(state);

            await SendAsync(client, request);

            (await AnsweredOrClosedAsync(client)).Should().BeTrue($"{request.Descriptor.Name} asks in state {state}");
            Sandbox.Control.Links.Maintain(0);
            Sandbox.Control.Links.ClearFaults();
        }
    }

    [Fact]
    public async Task Wrong_application_credentials_refuse_all_that_follows_and_then_end_the_connection()
    {
        var client = await ConnectAsync();
        var wrong = new ProtoOAApplicationAuthReq { ClientId = "sandbox-app", ClientSecret = "wrong" };
        (await client.AskAsync<ProtoOAErrorRes>(wrong)).ErrorCode.Should().Be("CH_CLIENT_AUTH_FAILURE");

        (await client.AskAsync<ProtoOAErrorRes>(wrong)).ErrorCode.Should().Be("CH_CLIENT_AUTH_FAILURE");
        (await client.AskAsync<ProtoOAErrorRes>(WireClient.Login)).ErrorCode.Should().Be("CH_CLIENT_AUTH_FAILURE");

        await client.Closed.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private async Task<WireClient> InAsync(State state)
    {
        var client = await (
            state is State.Account or State.Maintenance or State.Ended
                ? WireClient.LogInAsync(Sandbox)
                : WireClient.ConnectAsync(Sandbox)
        );
        switch (state)
        {
            case State.WrongSecret:
                await client.AskAsync<ProtoOAErrorRes>(
                    new ProtoOAApplicationAuthReq { ClientId = "sandbox-app", ClientSecret = "wrong" }
                );
                break;
            case State.TooManyConnections:
                Sandbox.Control.Links.Arm(
                    new FaultRule
                    {
                        Kind = FaultKind.Refuse,
                        PayloadType = 2100,
                        ErrorCode = "CONNECTIONS_LIMIT_EXCEEDED",
                        Unasked = true,
                        Closes = true,
                    }
                );
                await client.SendAsync(WireClient.Login, "login");
                (await client.ExpectAsync<ProtoOAErrorRes>()).ErrorCode.Should().Be("CONNECTIONS_LIMIT_EXCEEDED");
                break;
            case State.Application:
                await client.AskAsync<ProtoOAApplicationAuthRes>(WireClient.Login);
                break;
            case State.Maintenance:
                Sandbox.Control.Links.Maintain(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 60_000);
                break;
            case State.Ended:
                Sandbox.Control.Links.DisconnectClient("bye");
                break;
        }

        return client;
    }

    private static async Task SendAsync(WireClient client, IMessage request)
    {
        try
        {
            await client.SendAsync(request, "asked");
        }
        catch (IOException)
        {
            // Closed already, which the answer will show.
        }
    }

    private static async Task<bool> AnsweredOrClosedAsync(WireClient client)
    {
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            while ((await client.NextAsync(patience.Token)).ClientMsgId != "asked") { }

            return true;
        }
        catch (ChannelClosedException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>A request with every required field given, of the demo's account.</summary>
    private static IMessage Filled(MessageDescriptor descriptor)
    {
        var message = descriptor.Parser.ParseFrom(ByteString.Empty);
        foreach (var field in descriptor.Fields.InDeclarationOrder().Where(field => field.IsRequired))
        {
            field.Accessor.SetValue(
                message,
                field.FieldType switch
                {
                    FieldType.Message => Filled(field.MessageType),
                    FieldType.Enum => field.Accessor.GetValue(message),
                    FieldType.String => "nothing",
                    FieldType.Int64 when field.Name == "ctidTraderAccountId" => Demo,
                    _ => field.Accessor.GetValue(message),
                }
            );
        }

        return message;
    }
}
