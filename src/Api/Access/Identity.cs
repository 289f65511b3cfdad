namespace Trading.Api.Access;

/// <summary>Who is asking: a person by token, or whoever holds the key of a role.</summary>
/// <param name="User">The person; null for a key.</param>
/// <param name="Roles">What they may do beyond their own affairs.</param>
public sealed record Identity(User? User, Roles Roles)
{
    /// <summary>The user key of a person, otherwise <c>key:</c> and the role that the key is for.</summary>
    public string Name => User?.Key.Value ?? $"key:{Roles.ToString().ToLowerInvariant()}";

    /// <summary>True with any of the roles.</summary>
    public bool Has(Roles any) => (Roles & any) != Roles.None;

    /// <summary>Gives an endpoint the caller that the gate admitted.</summary>
    public static ValueTask<Identity?> BindAsync(HttpContext context) =>
        ValueTask.FromResult(context.Features.Get<Identity>());

    /// <summary>Shows no more than the name.</summary>
    public override string ToString() => Name;
}
