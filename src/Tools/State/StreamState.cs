using System.Text.Json;
using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.Domain.Snapshots;
using Trading.Projections.Messages;

namespace Trading.Tools.State;

/// <summary>Any aggregate at a moment. A session is folded by its own rules, those that its actor decides by; of another
/// stream the last event of each kind is what stands.</summary>
internal sealed class StreamState
{
    private readonly Dictionary<string, PastEvent> _last = new(StringComparer.Ordinal);
    private readonly AsOf _at;
    private readonly StreamName _stream;
    private SessionState _session = SessionState.Initial;
    private PastEvent? _newest;

    private StreamState(StreamName stream, AsOf at)
    {
        _stream = stream;
        _at = at;
    }

    private bool IsSession => _stream.Category == "session";

    /// <summary>Folds a stream up to a moment.</summary>
    /// <exception cref="ToolException">The stream had no event then.</exception>
    public static async Task<StreamState> ReadAsync(
        IEventLog journal,
        StreamName stream,
        AsOf at,
        CancellationToken cancellation
    )
    {
        var state = new StreamState(stream, at);
        using var progress = new FoldProgress("folding");
        await foreach (var page in journal.ReplayAsync(stream, StreamVersion.None, cancellation))
        {
            foreach (var past in page.TakeWhile(past => past.Offset.Value <= at.Offset))
            {
                state.Take(past);
            }

            if (page[^1].Offset.Value > at.Offset)
            {
                break;
            }

            progress.Report(page[^1].Version.Value);
        }

        return state._newest is null
            ? throw new ToolException(
                $"{stream} had no event at offset {at.Offset}. Ticks are in the market log: events --log=market."
            )
            : state;
    }

    /// <summary>A session's state as its snapshot's message: equal states give equal messages.</summary>
    public static IMessage MessageOf(SessionState state) =>
        SessionSnapshot.Parser.ParseFrom(SessionSnapshots.Write(state));

    /// <summary>One object.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        AccountStateJson.WriteMoment(writer, "asOf", _at);
        writer.WriteString("stream"u8, _stream.Value);
        writer.WriteNumber("version"u8, _newest!.Value.Version.Value);
        writer.WriteNumber("offset"u8, _newest.Value.Offset.Value);
        if (IsSession)
        {
            writer.WriteString("phase"u8, JsonNamingPolicy.CamelCase.ConvertName(_session.Phase.ToString()));
            writer.WritePropertyName("state"u8);
            EventJson.Write(writer, MessageOf(_session), withSource: false);
        }
        else
        {
            writer.WriteStartObject("last"u8);
            foreach (var (type, past) in _last.OrderBy(one => one.Key, StringComparer.Ordinal))
            {
                writer.WriteStartObject(type);
                writer.WriteNumber("offset"u8, past.Offset.Value);
                writer.WriteNumber("version"u8, past.Version.Value);
                writer.WriteString("occurredAt"u8, past.OccurredAt.UtcDateTime);
                writer.WritePropertyName("data"u8);
                EventJson.Write(writer, past.Payload, withSource: false);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private void Take(PastEvent past)
    {
        _newest = past;
        if (IsSession)
        {
            _session = SessionEvolve.Apply(_session, past.Payload, past.OccurredAt);
        }
        else
        {
            _last[past.Payload.Descriptor.Name] = past;
        }
    }
}
