namespace Trading.Domain.Ports;

/// <summary>Whether what is sealed in the journal can be opened here: asked before a fold begins, because a fold that cannot open
/// it does not fail but comes out with names and labels empty.</summary>
public interface ISealedFields
{
    /// <summary>What a fold of all users' events, or of one user's, could not open, in words for people and without a secret;
    /// null when it can open all. Users who were erased miss no key.</summary>
    ValueTask<string?> WhatCannotBeOpenedAsync(UserKey? user, CancellationToken cancellation);
}
