using System.Text.Json;
using Trading.Domain.Events;
using Trading.Domain.Feeds;
using Trading.Domain.Logs;
using Trading.Domain.Sessions;
using Trading.Domain.Snapshots;

namespace Trading.Tools.State;

/// <summary>How streams are folded: a session and a feed by their own rules, those that their actors decide by.</summary>
internal static class StreamFolds
{
    /// <summary>A fold of a stream, before its first event.</summary>
    public static IStreamFold Of(StreamName stream) =>
        stream.Category switch
        {
            "session" => new OfSession(),
            "feed" => new OfFeed(),
            _ => new LastOfEachKind(),
        };

    private sealed class OfSession : IStreamFold
    {
        private SessionState _state = SessionState.Initial;

        public void Take(PastEvent past) => _state = SessionEvolve.Apply(_state, past.Payload, past.OccurredAt);

        public void Write(Utf8JsonWriter writer)
        {
            writer.WriteString("phase"u8, JsonNamingPolicy.CamelCase.ConvertName(_state.Phase.ToString()));
            writer.WritePropertyName("state"u8);
            // Its snapshot's message: equal states give equal messages.
            var message = SessionSnapshot.Parser.ParseFrom(SessionSnapshots.Write(_state));
            EventJson.Write(writer, message, withSource: false);
        }
    }

    private sealed class OfFeed : IStreamFold
    {
        private FeedState _state = FeedState.Initial;

        public void Take(PastEvent past) => _state = FeedEvolve.Apply(_state, past.Payload, past.OccurredAt);

        public void Write(Utf8JsonWriter writer)
        {
            writer.WriteStartObject("state"u8);
            writer.WriteNumber("holes"u8, _state.Holes);
            writer.WritePropertyName("open"u8);
            if (_state.Open is { } open)
            {
                EventJson.Write(writer, open);
            }
            else
            {
                writer.WriteNullValue();
            }

            writer.WriteStartArray("pending"u8);
            foreach (var missed in _state.Pending)
            {
                Write(writer, missed);
            }

            writer.WriteEndArray();
            writer.WriteStartObject("settled"u8);
            foreach (var (symbol, untilMs) in _state.Settled.OrderBy(one => one.Key, StringComparer.Ordinal))
            {
                writer.WriteNumber(symbol, untilMs);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        private static void Write(Utf8JsonWriter writer, MissedTicks missed)
        {
            writer.WriteStartObject();
            writer.WriteNumber("hole"u8, missed.Opened.Hole);
            writer.WritePropertyName("opened"u8);
            EventJson.Write(writer, missed.Opened);
            writer.WriteStartArray("left"u8);
            foreach (var range in missed.Left)
            {
                EventJson.Write(writer, range);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }

    // A stream that nobody decides by: what was said last stands.
    private sealed class LastOfEachKind : IStreamFold
    {
        private readonly SortedDictionary<string, PastEvent> _last = new(StringComparer.Ordinal);

        public void Take(PastEvent past) => _last[past.Payload.Descriptor.Name] = past;

        public void Write(Utf8JsonWriter writer) => Write(writer, withPlaces: true);

        public void WriteFigures(Utf8JsonWriter writer) => Write(writer, withPlaces: false);

        private void Write(Utf8JsonWriter writer, bool withPlaces)
        {
            writer.WriteStartObject("last"u8);
            foreach (var (type, past) in _last)
            {
                writer.WriteStartObject(type);
                if (withPlaces)
                {
                    writer.WriteNumber("offset"u8, past.Offset.Value);
                    writer.WriteNumber("version"u8, past.Version.Value);
                    writer.WriteString("occurredAt"u8, past.OccurredAt.UtcDateTime);
                }

                writer.WritePropertyName("data"u8);
                EventJson.Write(writer, past.Payload, withSource: false);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }
    }
}
