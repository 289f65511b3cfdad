using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Serialization;
using Google.Protobuf;
using Trading.Actors.Protocol;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using EventId = Trading.Domain.Logs.EventId;

namespace Trading.Actors.Shell;

/// <summary>Writes what travels between nodes, and what foreign journals and snapshot stores keep, as protobuf. Everything has
/// a manifest of its own; nothing else is read.</summary>
internal sealed class ShellSerializer : SerializerWithStringManifest
{
    private const string Command = "command";
    private const string Reply = "reply";
    private const string Ensure = "ensure-running";
    private const string Run = "running";
    private const string Leaving = "leave";
    private const string State = "state";
    private const string EventPrefix = "event:";

    private readonly IReadOnlyDictionary<string, IWireForm> _commands;

    public ShellSerializer(ExtendedActorSystem system)
        : base(system)
    {
        var setup = system.Settings.Setup.Get<ShellSetup>();
        _commands = setup.HasValue ? setup.Value.Commands : new Dictionary<string, IWireForm>();
    }

    /// <inheritdoc/>
    public override int Identifier => 7_350;

    /// <inheritdoc/>
    public override string Manifest(object o) =>
        o switch
        {
            CommandMessage => Command,
            CommandReply => Reply,
            EnsureRunning => Ensure,
            Running => Run,
            Leave => Leaving,
            StateSnapshot => State,
            EventEnvelope envelope => EventPrefix + envelope.Payload.Descriptor.FullName,
            _ => throw Unknown(o.GetType().Name),
        };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) =>
        obj switch
        {
            CommandMessage message => FrameOf(message).ToByteArray(),
            CommandReply reply => FrameOf(reply).ToByteArray(),
            EnsureRunning ensure => new EnsureRunningFrame { Stream = ensure.To.Value }.ToByteArray(),
            Running running => new RunningFrame { Stream = running.Of.Value }.ToByteArray(),
            Leave => new LeaveFrame().ToByteArray(),
            StateSnapshot snapshot => FrameOf(snapshot).ToByteArray(),
            EventEnvelope envelope => FrameOf(envelope).ToByteArray(),
            _ => throw Unknown(obj.GetType().Name),
        };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) =>
        manifest switch
        {
            Command => MessageOf(CommandFrame.Parser.ParseFrom(bytes)),
            Reply => ReplyOf(ReplyFrame.Parser.ParseFrom(bytes)),
            Ensure => new EnsureRunning(StreamName.Parse(EnsureRunningFrame.Parser.ParseFrom(bytes).Stream)),
            Run => new Running(StreamName.Parse(RunningFrame.Parser.ParseFrom(bytes).Stream)),
            Leaving => Leave.Instance,
            State => SnapshotOf(bytes),
            _ when manifest.StartsWith(EventPrefix, StringComparison.Ordinal) => EnvelopeOf(
                EventFrame.Parser.ParseFrom(bytes),
                manifest[EventPrefix.Length..]
            ),
            _ => throw Unknown(manifest),
        };

    private CommandFrame FrameOf(CommandMessage message)
    {
        var form = FormOf(message.To.Category);
        return new()
        {
            Stream = message.To.Value,
            ReplyId = BytesOf(message.ReplyId),
            CommandId = BytesOf(message.CommandId),
            CorrelationId = BytesOf(message.CorrelationId),
            Type = form.Type,
            Command = UnsafeByteOperations.UnsafeWrap(form.Write(message.Command)),
        };
    }

    private CommandMessage MessageOf(CommandFrame frame)
    {
        var to = StreamName.Parse(frame.Stream);
        var form = FormOf(to.Category);
        return frame.Type == form.Type
            ? new(
                to,
                form.Read(frame.Command.Memory),
                GuidOf(frame.ReplyId),
                GuidOf(frame.CommandId),
                GuidOf(frame.CorrelationId)
            )
            : throw Unknown(frame.Type);
    }

    private IWireForm FormOf(string category) =>
        _commands.TryGetValue(category, out var form) ? form : throw Unknown(category);

    private static ReplyFrame FrameOf(CommandReply reply)
    {
        var frame = new ReplyFrame { ReplyId = BytesOf(reply.ReplyId) };
        switch (reply.Outcome)
        {
            case CommandOutcome.Accepted accepted:
                frame.Accepted = accepted.At.Value;
                break;
            case CommandOutcome.Unchanged unchanged:
                frame.Unchanged = unchanged.At.Value;
                break;
            case CommandOutcome.Refused refused:
                frame.Refused = new()
                {
                    Code = refused.Code.ToString(),
                    Detail = refused.Detail,
                    Field = refused.Field ?? "",
                };
                break;
            case CommandOutcome.Unavailable unavailable:
                frame.Unavailable = unavailable.Detail;
                break;
        }

        return frame;
    }

    private static CommandReply ReplyOf(ReplyFrame frame) =>
        new(
            GuidOf(frame.ReplyId),
            frame.OutcomeCase switch
            {
                ReplyFrame.OutcomeOneofCase.Accepted => new CommandOutcome.Accepted(new(frame.Accepted)),
                ReplyFrame.OutcomeOneofCase.Unchanged => new CommandOutcome.Unchanged(new(frame.Unchanged)),
                ReplyFrame.OutcomeOneofCase.Refused => new CommandOutcome.Refused(
                    Enum.Parse<Refusal>(frame.Refused.Code),
                    frame.Refused.Detail,
                    frame.Refused.Field.Length == 0 ? null : frame.Refused.Field
                ),
                ReplyFrame.OutcomeOneofCase.Unavailable => new CommandOutcome.Unavailable(frame.Unavailable),
                _ => throw Unknown(nameof(ReplyFrame)),
            }
        );

    private static StateFrame FrameOf(StateSnapshot snapshot) =>
        new()
        {
            Form = snapshot.Form,
            State = UnsafeByteOperations.UnsafeWrap(snapshot.State),
            Offset = snapshot.At.Value,
            LastEventAt = snapshot.LastEventAt?.UtcTicks ?? 0,
            Owner = snapshot.Owner,
        };

    // What cannot be read is no state of any form: whoever asked for it finds out, and reads the journal instead.
    private static StateSnapshot SnapshotOf(byte[] bytes)
    {
        try
        {
            var frame = StateFrame.Parser.ParseFrom(bytes);
            return new(
                frame.Form,
                frame.State.Memory,
                new(frame.Offset),
                frame.LastEventAt == 0 ? null : new DateTimeOffset(frame.LastEventAt, TimeSpan.Zero),
                string.Intern(frame.Owner)
            );
        }
        catch (InvalidProtocolBufferException)
        {
            return StateSnapshot.Unreadable;
        }
    }

    private static EventFrame FrameOf(EventEnvelope envelope) =>
        new()
        {
            Id = BytesOf(envelope.Id.Value),
            OccurredAt = envelope.OccurredAt.UtcTicks,
            CorrelationId = BytesOf(envelope.CorrelationId),
            CausationId = BytesOf(envelope.CausationId),
            UserKey = envelope.User?.Value ?? "",
            Payload = envelope.Payload.ToByteString(),
        };

    private static EventEnvelope EnvelopeOf(EventFrame frame, string type) =>
        new()
        {
            Id = new EventId(GuidOf(frame.Id)),
            Payload = EventCatalog.Decode(type, frame.Payload.Memory),
            OccurredAt = new(frame.OccurredAt, TimeSpan.Zero),
            CorrelationId = GuidOf(frame.CorrelationId),
            CausationId = GuidOf(frame.CausationId),
            User = frame.UserKey.Length == 0 ? null : UserKey.Parse(frame.UserKey),
        };

    private static ByteString BytesOf(Guid id) =>
        id == Guid.Empty ? ByteString.Empty : ByteString.CopyFrom(id.ToByteArray(bigEndian: true));

    private static Guid GuidOf(ByteString bytes) => bytes.IsEmpty ? Guid.Empty : new Guid(bytes.Span, bigEndian: true);

    private static System.Runtime.Serialization.SerializationException Unknown(string what) =>
        new($"'{what}' is nothing that nodes say to one another.");
}

/// <summary>Tells the serializer how each category's commands travel.</summary>
/// <param name="commands">Forms by category.</param>
internal sealed class ShellSetup(IReadOnlyDictionary<string, IWireForm> commands) : Setup
{
    /// <summary>Forms by category.</summary>
    public IReadOnlyDictionary<string, IWireForm> Commands => commands;
}

/// <summary>How one category's commands travel, whatever their type.</summary>
internal interface IWireForm
{
    /// <summary>The protobuf full name.</summary>
    string Type { get; }

    /// <summary>A command as bytes.</summary>
    byte[] Write(object command);

    /// <summary>The command of bytes.</summary>
    object Read(ReadOnlyMemory<byte> bytes);
}

/// <summary>The same for commands of one type.</summary>
internal sealed class WireForm<TCommand>(CommandForm<TCommand> form) : IWireForm
    where TCommand : class
{
    /// <inheritdoc/>
    public string Type => form.Type;

    /// <inheritdoc/>
    public byte[] Write(object command) => form.Write((TCommand)command);

    /// <inheritdoc/>
    public object Read(ReadOnlyMemory<byte> bytes) => form.Read(bytes);
}

/// <summary>Stands where Akka's JSON serializer would: whatever has no serializer of its own is neither sent nor read.</summary>
public sealed class RefusingSerializer : Serializer
{
    /// <param name="system">Whose messages.</param>
    /// <param name="settings">Those of the serializer that it stands for: none of them matters.</param>
    public RefusingSerializer(ExtendedActorSystem system, Akka.Configuration.Config settings)
        : base(system) => _ = settings;

    /// <inheritdoc/>
    public override int Identifier => 1;

    /// <inheritdoc/>
    public override bool IncludeManifest => true;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) =>
        throw new System.Runtime.Serialization.SerializationException($"{obj.GetType()} has no serializer.");

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type type) =>
        throw new System.Runtime.Serialization.SerializationException(
            "A message without a known serializer is not read."
        );
}
