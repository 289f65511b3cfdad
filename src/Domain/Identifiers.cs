using System.Security.Cryptography;
using System.Text;

namespace Trading.Domain;

/// <summary>The hashed user id: SHA-256 of the lower-cased, trimmed id, as 64 lower-case hex digits. Names a user in
/// streams, tables and keys; the id itself stands only in sealed fields.</summary>
public readonly record struct UserKey
{
    private UserKey(string value) => Value = value;

    /// <summary>64 lower-case hex digits.</summary>
    public string Value { get; }

    /// <summary>The key of a user id or e-mail address.</summary>
    /// <exception cref="ArgumentException">The id is empty or blank.</exception>
    public static UserKey Of(string userId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(userId);
        var canonical = userId.Trim().ToLowerInvariant();
        return new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))));
    }

    /// <summary>Reads a key that is already hashed.</summary>
    /// <exception cref="FormatException">Not 64 lower-case hex digits.</exception>
    public static UserKey Parse(string value) =>
        value is { Length: 64 } && value.All(char.IsAsciiHexDigitLower)
            ? new(value)
            : throw new FormatException("A user key is 64 lower-case hex digits.");

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A broker account's id, in the broker's own spelling (for cTrader the ctidTraderAccountId in decimal).</summary>
public readonly record struct AccountId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A symbol's name, letter for letter as its broker lists it, for example EURUSD, GBPUSD_SB or US30.cash. What
/// people write instead is looked up in <see cref="Market.SymbolNames"/>.</summary>
public readonly record struct SymbolName(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A symbol's number at one broker server. Never the same elsewhere: do not store it without its account.</summary>
public readonly record struct SymbolId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A position's id at the broker.</summary>
public readonly record struct PositionId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An order's id at the broker.</summary>
public readonly record struct OrderId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A deal's (fill's) id at the broker.</summary>
public readonly record struct DealId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
