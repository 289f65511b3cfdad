using System.Collections.Frozen;

namespace Trading.Brokers.CTrader.Connection;

/// <summary>What an error asks us to do.</summary>
internal enum ErrorReaction
{
    /// <summary>Our request was wrong: it must not be sent again unchanged.</summary>
    Fix,

    /// <summary>The same request may work later.</summary>
    Wait,

    /// <summary>The account has no session on this connection: open one, then ask again.</summary>
    AuthoriseAccount,

    /// <summary>The application has no session: begin with a new connection.</summary>
    Reconnect,

    /// <summary>The access token is used up: renew it, then open the account's session again.</summary>
    RenewToken,

    /// <summary>No retry can help; a person must act.</summary>
    Stop,

    /// <summary>The outcome is not known: reconcile before anything else.</summary>
    Look,

    /// <summary>What was asked for is already so.</summary>
    Harmless,

    /// <summary>An ordinary refusal of the market or the broker's rules: tell whoever asked.</summary>
    Business,
}

/// <summary>
/// The one place that says what each error of the broker means for us (source: cTrader Open API). On the wire errors
/// are names, not numbers, and names that nobody has heard of must be lived with.
/// </summary>
internal static class ErrorReactions
{
    private static readonly FrozenDictionary<string, ErrorReaction> Table = new Dictionary<string, ErrorReaction>
    {
        // Errors of the proxy
        ["UNKNOWN_ERROR"] = ErrorReaction.Look,
        ["UNSUPPORTED_MESSAGE"] = ErrorReaction.Fix,
        ["INVALID_REQUEST"] = ErrorReaction.Fix,
        ["TIMEOUT_ERROR"] = ErrorReaction.Look,
        ["ENTITY_NOT_FOUND"] = ErrorReaction.Fix,
        ["CANT_ROUTE_REQUEST"] = ErrorReaction.Wait,
        ["FRAME_TOO_LONG"] = ErrorReaction.Fix,
        ["MARKET_CLOSED"] = ErrorReaction.Business,
        ["CONCURRENT_MODIFICATION"] = ErrorReaction.Look,
        ["BLOCKED_PAYLOAD_TYPE"] = ErrorReaction.Wait,

        // Sessions and tokens
        ["OA_AUTH_TOKEN_EXPIRED"] = ErrorReaction.RenewToken,
        ["ACCOUNT_NOT_AUTHORIZED"] = ErrorReaction.AuthoriseAccount,
        ["RET_NO_SUCH_LOGIN"] = ErrorReaction.Stop,
        ["ALREADY_LOGGED_IN"] = ErrorReaction.Harmless,
        ["RET_ACCOUNT_DISABLED"] = ErrorReaction.Stop,
        ["CONNECTIONS_LIMIT_EXCEEDED"] = ErrorReaction.Wait,
        ["CH_CLIENT_AUTH_FAILURE"] = ErrorReaction.Stop,
        ["CH_CLIENT_NOT_AUTHENTICATED"] = ErrorReaction.Reconnect,
        ["CH_CLIENT_ALREADY_AUTHENTICATED"] = ErrorReaction.Harmless,
        ["CH_ACCESS_TOKEN_INVALID"] = ErrorReaction.RenewToken,
        ["CH_ACCESS_TOKEN_EXPIRED"] = ErrorReaction.RenewToken,
        ["CH_SERVER_NOT_REACHABLE"] = ErrorReaction.Wait,
        ["CH_CTID_TRADER_ACCOUNT_NOT_FOUND"] = ErrorReaction.Stop,
        ["CH_OA_CLIENT_NOT_FOUND"] = ErrorReaction.Stop,
        ["REQUEST_FREQUENCY_EXCEEDED"] = ErrorReaction.Wait,
        ["SERVER_IS_UNDER_MAINTENANCE"] = ErrorReaction.Wait,
        ["CHANNEL_IS_BLOCKED"] = ErrorReaction.Stop,

        // Market data
        ["INCORRECT_BOUNDARIES"] = ErrorReaction.Fix,
        ["NOT_SUBSCRIBED_TO_SPOTS"] = ErrorReaction.Fix,
        ["ALREADY_SUBSCRIBED"] = ErrorReaction.Harmless,
        ["SYMBOL_NOT_FOUND"] = ErrorReaction.Fix,
        ["UNKNOWN_SYMBOL"] = ErrorReaction.Fix,

        // Trading
        ["WORSE_GSL_NOT_ALLOWED"] = ErrorReaction.Business,
        ["SYMBOL_HAS_HOLIDAY"] = ErrorReaction.Business,
        ["NO_QUOTES"] = ErrorReaction.Business,
        ["NOT_ENOUGH_MONEY"] = ErrorReaction.Business,
        ["NO_ENOUGH_MONEY_TO_OPEN_POSITION"] = ErrorReaction.Business,
        ["MAX_EXPOSURE_REACHED"] = ErrorReaction.Business,
        ["POSITION_NOT_FOUND"] = ErrorReaction.Look,
        ["POSITION_NOT_FOUND_OR_NOT_OPENED"] = ErrorReaction.Look,
        ["ORDER_NOT_FOUND"] = ErrorReaction.Look,
        ["OA_ORDER_NOT_FOUND"] = ErrorReaction.Look,
        ["POSITION_NOT_OPEN"] = ErrorReaction.Look,
        ["ALREADY_CLOSED"] = ErrorReaction.Look,
        ["POSITION_LOCKED"] = ErrorReaction.Look,
        ["TOO_MANY_POSITIONS"] = ErrorReaction.Business,
        ["TRADING_BAD_VOLUME"] = ErrorReaction.Fix,
        ["TRADING_BAD_STOPS"] = ErrorReaction.Fix,
        ["TRADING_BAD_PRICES"] = ErrorReaction.Fix,
        ["TRADING_BAD_STAKE"] = ErrorReaction.Fix,
        ["PROTECTION_IS_TOO_CLOSE_TO_MARKET"] = ErrorReaction.Fix,
        ["TRADING_BAD_EXPIRATION_DATE"] = ErrorReaction.Fix,
        ["PENDING_EXECUTION"] = ErrorReaction.Look,
        ["TRADING_DISABLED"] = ErrorReaction.Business,
        ["TRADING_NOT_ALLOWED"] = ErrorReaction.Business,
        ["UNABLE_TO_CANCEL_ORDER"] = ErrorReaction.Look,
        ["UNABLE_TO_AMEND_ORDER"] = ErrorReaction.Look,
        ["SHORT_SELLING_NOT_ALLOWED"] = ErrorReaction.Business,

        // Our own
        [BrokerError.TimedOutCode] = ErrorReaction.Look,
        [BrokerError.LinkLostCode] = ErrorReaction.Look,
        [BrokerError.QueueFullCode] = ErrorReaction.Wait,
        [BrokerError.MalformedCode] = ErrorReaction.Reconnect,
    }.ToFrozenDictionary();

    /// <summary>Whether the table has a line of its own for the name.</summary>
    public static bool Knows(string code) => Table.ContainsKey(code);

    /// <summary>What to do about an error.</summary>
    /// <param name="code">Its name; may be one we never met.</param>
    /// <param name="description">The broker's words, needed for the one refusal that hides behind a general name.</param>
    /// <param name="tradingCommand">Whether it refuses a request that moves money, so that a doubt must be cleared.</param>
    public static ErrorReaction Of(string code, string description, bool tradingCommand)
    {
        if (code == "INVALID_REQUEST" && description.Contains("not authorized", StringComparison.OrdinalIgnoreCase))
        {
            return ErrorReaction.AuthoriseAccount;
        }

        // A read may simply be repeated where a command has to be looked after first. So may what nobody can explain.
        var reaction = Table.GetValueOrDefault(code, ErrorReaction.Look);
        return reaction == ErrorReaction.Look && !tradingCommand ? ErrorReaction.Wait : reaction;
    }
}
