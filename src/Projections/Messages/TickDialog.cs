using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Trading.Domain;

namespace Trading.Projections.Messages;

/// <summary>How a tick streamer's prices stand.</summary>
/// <param name="Word">One of the six states of <c>docs/websocket.md</c>.</param>
/// <param name="Symbols">What can be subscribed, alphabetically; empty while nobody has told.</param>
/// <param name="Reason">Why, when not connected; null when there is nothing to say.</param>
public sealed record TickStatus(string Word, IReadOnlyList<string> Symbols, string? Reason);

/// <summary>What one client of the tick streamer says and is answered: the same over live prices and over replayed ones. Not
/// thread-safe.</summary>
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
    private readonly SortedSet<string> _watched = new(StringComparer.Ordinal);

    /// <summary>The answer to a message as JSON text.</summary>
    /// <param name="message">What the client said.</param>
    /// <param name="status">How prices stand.</param>
    /// <param name="refused">True when it could not be carried out.</param>
    public byte[] Answer(ReadOnlySpan<byte> message, TickStatus status, out bool refused)
    {
        var answer = Parse(message, out var misfit) switch
        {
            null when misfit is not null => Error("INVALID_JSON", $"{misfit} is of another kind.", misfit, null),
            null => Error("INVALID_JSON", "Send one JSON object a message.", null, null),
            { Id.Length: > LongestId } => Error("VALIDATION_ERROR", $"At most {LongestId} characters.", "id", null),
            { Type: "connect" } => Status(status),
            { Type: "ping" } said => Text(new PongMessage("pong", NowMs(), said.Id), MessageJson.Default.PongMessage),
            { Type: "getSubscriptions" } said => Subscriptions(said.Id),
            { Type: "subscribe" } said => Subscribe(said, status.Symbols),
            { Type: "unsubscribe" } said => Unsubscribe(said),
            { Type: null } said => Error("VALIDATION_ERROR", "The message has no type.", "type", said.Id),
            var said => Error("UNKNOWN_TYPE", "No such message type.", "type", said.Id),
        };
        refused = answer.IsError;
        return answer.Json;
    }

    /// <summary>What a client is told when the state changes.</summary>
    public byte[] Tell(TickStatus status) => Status(status).Json;

    /// <summary>Wants nothing any more.</summary>
    public void End()
    {
        foreach (var name in _watched)
        {
            unwatch(new(name));
        }

        _watched.Clear();
    }

    private Reply Subscribe(ClientMessage message, IReadOnlyList<string> known)
    {
        if (NamesOf(message, out var names) is { } error)
        {
            return error;
        }

        if (known.Count > 0 && names.Find(name => !known.Contains(name)) is { } unknown)
        {
            return Error("UNKNOWN_SYMBOL", $"No such symbol: {unknown}.", "symbols", message.Id);
        }

        if (_watched.Count + names.Count(name => !_watched.Contains(name)) > mostSymbols)
        {
            return Error("TOO_MANY_SYMBOLS", $"At most {mostSymbols} symbols a connection.", "symbols", message.Id);
        }

        foreach (var name in names)
        {
            if (!_watched.Contains(name) && watch(new(name)))
            {
                _watched.Add(name);
            }
        }

        return Subscriptions(message.Id);
    }

    private Reply Unsubscribe(ClientMessage message)
    {
        if (NamesOf(message, out var names) is { } error)
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

    private static Reply? NamesOf(ClientMessage message, out List<string> names)
    {
        names = [];
        foreach (var text in message.Symbols ?? (message.Symbol is { } single ? [single] : []))
        {
            if (SymbolArgument.Read(text) is not { } symbol)
            {
                return Error("UNKNOWN_SYMBOL", "Not a symbol's name.", "symbols", message.Id);
            }

            names.Add(symbol.Value);
        }

        return names.Count > 0
            ? null
            : Error("VALIDATION_ERROR", "symbols must list at least one symbol.", "symbols", message.Id);
    }

    private Reply Subscriptions(string? id) =>
        Text(new SubscriptionsMessage("subscriptions", [.. _watched], id), MessageJson.Default.SubscriptionsMessage);

    private Reply Status(TickStatus status) =>
        Text(
            new StatusMessage("status", status.Word, status.Symbols, status.Reason, NowMs()),
            MessageJson.Default.StatusMessage
        );

    private static Reply Error(string code, string detail, string? field, string? id) =>
        Text(new ErrorMessage("error", code, detail, field, id), MessageJson.Default.ErrorMessage) with
        {
            IsError = true,
        };

    private static Reply Text<T>(T message, JsonTypeInfo<T> type) =>
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

    private sealed record Reply(byte[] Json, bool IsError = false);
}
