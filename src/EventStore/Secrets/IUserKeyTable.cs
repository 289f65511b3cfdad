namespace Trading.EventStore.Secrets;

/// <summary>Where the users' wrapped data keys are kept.</summary>
internal interface IUserKeyTable
{
    /// <summary>The wrapped keys of those of the users who have one.</summary>
    ValueTask<IReadOnlyList<(byte[] User, WrappedKey Key)>> FindAsync(
        IReadOnlyList<byte[]> users,
        CancellationToken cancellation
    );

    /// <summary>Keeps a wrapped key unless the user has one already; gives the one that is kept.</summary>
    ValueTask<WrappedKey> KeepAsync(byte[] user, WrappedKey wrapped, CancellationToken cancellation);

    /// <summary>Removes a user's key; false when there was none.</summary>
    ValueTask<bool> RemoveAsync(byte[] user, CancellationToken cancellation);
}
