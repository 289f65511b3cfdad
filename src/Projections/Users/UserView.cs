using Trading.Domain;
using Trading.Projections.Reading;
using Trading.Projections.Rows;

namespace Trading.Projections.Users;

/// <summary>A person we know. Id and address are sealed with that user's own key.</summary>
public sealed record UserView : IStamped
{
    /// <summary>The hashed id.</summary>
    public required UserKey User { get; init; }

    /// <summary>The hashed e-mail address; null when no address is known.</summary>
    public required UserKey? EmailKey { get; init; }

    /// <summary>The id, sealed.</summary>
    public required ReadOnlyMemory<byte> SealedUserId { get; init; }

    /// <summary>The e-mail address, sealed; empty when not known.</summary>
    public required ReadOnlyMemory<byte> SealedEmail { get; init; }

    /// <inheritdoc/>
    public required Stamp Stamp { get; init; }
}
