namespace Trading.EventStore.Secrets;

/// <summary>Where the users' wrapped data keys are kept.</summary>
internal interface IUserKeyTable
{
    /// <summary>The wrapped key of a user, or null.</summary>
    ValueTask<byte[]?> FindAsync(byte[] user, CancellationToken cancellation);

    /// <summary>Keeps a wrapped key unless the user has one already; gives the one that is kept.</summary>
    ValueTask<byte[]> KeepAsync(byte[] user, byte[] wrapped, CancellationToken cancellation);

    /// <summary>Removes a user's key; false when there was none.</summary>
    ValueTask<bool> RemoveAsync(byte[] user, CancellationToken cancellation);
}
