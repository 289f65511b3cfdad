using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Trading.Domain;
using Trading.Domain.Market;

namespace Trading.Projections.Messages;

/// <summary>How a tick streamer's prices stand.</summary>
/// <param name="Word">One of the six states of <c>docs/websocket.md</c>.</param>
/// <param name="Symbols">What can be subscribed; empty while nobody has told.</param>
/// <param name="Reason">Why, when not connected; null when there is nothing to say.</param>
public sealed record TickStatus(string Word, SymbolNames Symbols, string? Reason);

/// <summary>What one client of the tick streamer says and is answered: the same over live prices and over replayed ones.
/// </summary>
/// <remarks>While nobody has told what is on offer, a symbol is taken as the client writes it; once it is told, the listed name
/// that is meant takes its place.</remarks>
/// <param name="mostSymbols">Most symbols one client may watch.</param>
/// <param name="time">Stamps the answers.</param>
/// <param name="watch">A symbol is wanted; false when it cannot be watched.</param>
/// <param name="unwatch">A symbol is no longer wanted.</param>
public sealed class TickDialog(
    int mostSymbols,
    TimeProvider time,
    Func<SymbolName, bool> watch,
    Action<SymbolName> unwatch
)
{
    private const int LongestId = 64;
    private readonly Lock _gate = new();
    private readonly SortedSet<string> _watched = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asWritten = new(StringComparer.Ordinal);

    /// <summary>The answer to a message as JSON text.</summary>
    /// <param name="message">What the client said.</param>
    /// <param name="status">How prices stand.</param>
    /// <param name="refused">True when it could not be carried out.</param>
    public byte[] Answer(ReadOnlySpan<byte> message, TickStatus status, out bool refused)
    {
        lock (_gate)
        {
            Settle(status.Symbols);
            var answer = Reply(message, status);
            refused = answer.IsError;
            return answer.Json;
        }
    }

    private Told Reply(ReadOnlySpan<byte> message, TickStatus status) =>
        Parse(message, out var misfit) switch
        {
            null when misfit is not null => Error("INVALID_JSON", $"{misfit} is of another kind.", misfit, null),
            null => Error("INVALID_JSON", "Send one JSON object a message.", null, null),
            { Id.Length: > LongestId } => Error("VALIDATION_ERROR", $"At most {LongestId} characters.", "id", null),
            { Type: "connect" } => Status(status),
            { Type: "ping" } said => Text(new PongMessage("pong", NowMs(), said.Id), MessageJson.Default.PongMessage),
            { Type: "getSubscriptions" } said => Subscriptions(said.Id),
            { Type: "subscribe" } said => Subscribe(said, status.Symbols),
            { Type: "unsubscribe" } said => Unsubscribe(said, status.Symbols),
            { Type: null } said => Error("VALIDATION_ERROR", "The message has no type.", "type", said.Id),
            var said => Error("UNKNOWN_TYPE", "No such message type.", "type", said.Id),
        };

    /// <summary>What a client is told when the state changes.</summary>
    public byte[] Tell(TickStatus status)
    {
        lock (_gate)
        {
            Settle(status.Symbols);
            return Status(status).Json;
        }
    }

    /// <summary>Wants nothing any more.</summary>
    public void End()
    {
        lock (_gate)
        {
            foreach (var name in _watched)
            {
                unwatch(new(name));
            }

            _watched.Clear();
        }
    }

    // Once it is told what is on offer, what was taken as written becomes what was meant.
    private void Settle(SymbolNames offer)
    {
        if (offer.IsEmpty || _asWritten.Count == 0)
        {
            return;
        }

        foreach (var written in _asWritten)
        {
            if (offer.Find(written) is { } meant && meant.Value != written && _watched.Remove(written))
            {
                unwatch(new(written));
                Watch(meant.Value);
            }
        }

        _asWritten.Clear();
    }

    private bool Watch(string name) => !_watched.Contains(name) && watch(new(name)) && _watched.Add(name);

    private Told Subscribe(ClientMessage message, SymbolNames offer)
    {
        if (NamesOf(message, offer, out var names) is { } error)
        {
            return error;
        }

        if (_watched.Count + names.Count(name => !_watched.Contains(name)) > mostSymbols)
        {
            return Error("TOO_MANY_SYMBOLS", $"At most {mostSymbols} symbols a connection.", "symbols", message.Id);
        }

        foreach (var name in names)
        {
            if (Watch(name) && offer.IsEmpty)
            {
                _asWritten.Add(name);
            }
        }

        return Subscriptions(message.Id);
    }

    private Told Unsubscribe(ClientMessage message, SymbolNames offer)
    {
        if (NamesOf(message, offer, out var names) is { } error)
        {
            return error;
        }

        foreach (var name in names)
        {
            if (_watched.Remove(name))
            {
                unwatch(new(name));
            }
        }

        return Subscriptions(message.Id);
    }

    private Told? NamesOf(ClientMessage message, SymbolNames offer, out List<string> names)
    {
        names = [];
        foreach (var text in message.Symbols ?? (message.Symbol is { } single ? [single] : []))
        {
            if (text is not { Length: > 0 and <= SymbolNames.MaxLength })
            {
                return Error("UNKNOWN_SYMBOL", "Not a symbol's name.", "symbols", message.Id);
            }

            // What is watched can be let go of, even when it is on offer no more.
            var name = _watched.Contains(text) || offer.IsEmpty ? text : offer.Find(text)?.Value;
            if (name is null)
            {
                return Error("UNKNOWN_SYMBOL", $"No such symbol: {text}.", "symbols", message.Id);
            }

            if (!names.Contains(name))
            {
                names.Add(name);
            }
        }

        return names.Count > 0
            ? null
            : Error("VALIDATION_ERROR", "symbols must list at least one symbol.", "symbols", message.Id);
    }

    private Told Subscriptions(string? id) =>
        Text(new SubscriptionsMessage("subscriptions", [.. _watched], id), MessageJson.Default.SubscriptionsMessage);

    private Told Status(TickStatus status) =>
        Text(
            new StatusMessage("status", status.Word, status.Symbols.All, status.Reason, NowMs()),
            MessageJson.Default.StatusMessage
        );

    private static Told Error(string code, string detail, string? field, string? id) =>
        Text(new ErrorMessage("error", code, detail, field, id), MessageJson.Default.ErrorMessage) with
        {
            IsError = true,
        };

    private static Told Text<T>(T message, JsonTypeInfo<T> type) =>
        new(JsonSerializer.SerializeToUtf8Bytes(message, type));

    private static ClientMessage? Parse(ReadOnlySpan<byte> message, out string? misfit)
    {
        misfit = null;
        try
        {
            return JsonSerializer.Deserialize(message, MessageJson.Default.ClientMessage);
        }
        catch (JsonException wrong)
        {
            // Not JSON, or not an object of ours: it is answered as that.
            misfit = MisfitOf(wrong);
            return null;
        }
    }

    // The field whose value is JSON, but not what belongs there. What is no JSON at all has the reader's failure inside.
    private static string? MisfitOf(JsonException wrong) =>
        wrong is { InnerException: not JsonException, Path: ['$', '.', .. var path] } ? path.Split('[', '.')[0] : null;

    private long NowMs() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed record Told(byte[] Json, bool IsError = false);
}
