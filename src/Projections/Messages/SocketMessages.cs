namespace Trading.Projections.Messages;

/// <summary>What a client of the tick streamer sends.</summary>
/// <param name="Type">connect, subscribe, unsubscribe, ping or getSubscriptions.</param>
/// <param name="Symbols">For subscribe and unsubscribe.</param>
/// <param name="Symbol">The same for a single symbol.</param>
/// <param name="Id">Comes back in the answer; at most 64 characters.</param>
public sealed record ClientMessage(string? Type, string[]? Symbols, string? Symbol, string? Id);

/// <summary>How the backend stands.</summary>
/// <param name="Type">status</param>
/// <param name="Status">One of the six states.</param>
/// <param name="AvailableSymbols">What can be subscribed; empty until the broker has told.</param>
/// <param name="Message">Why, when the state is not connected.</param>
/// <param name="Timestamp">Unix milliseconds.</param>
public sealed record StatusMessage(
    string Type,
    string Status,
    IReadOnlyList<string> AvailableSymbols,
    string? Message,
    long Timestamp
);

/// <summary>Answers ping.</summary>
/// <param name="Type">pong</param>
/// <param name="Timestamp">Unix milliseconds.</param>
/// <param name="Id">Of the message answered.</param>
public sealed record PongMessage(string Type, long Timestamp, string? Id);

/// <summary>What the client watches now.</summary>
/// <param name="Type">subscriptions</param>
/// <param name="Symbols">The whole set, alphabetically.</param>
/// <param name="Id">Of the message answered.</param>
public sealed record SubscriptionsMessage(string Type, IReadOnlyList<string> Symbols, string? Id);

/// <summary>A client message was not carried out.</summary>
/// <param name="Type">error</param>
/// <param name="Code">For programs; stable.</param>
/// <param name="Detail">For people.</param>
/// <param name="Field">The input at fault, if one is.</param>
/// <param name="Id">Of the message answered.</param>
public sealed record ErrorMessage(string Type, string Code, string Detail, string? Field, string? Id);
