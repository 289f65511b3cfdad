namespace Trading.Api.Access;

/// <summary>The keys that stand for roles: for programs that are no user.</summary>
/// <param name="operatorKey">The operator's, which guards the bridge as well.</param>
/// <param name="auditorKey">The auditor's; null for none.</param>
internal sealed class RoleKeys(ApiKey operatorKey, ApiKey? auditorKey)
{
    /// <summary>The role whose key the text is; none when it is no key.</summary>
    public Roles RolesOf(string? text)
    {
        // Both are always compared, so that the time taken tells nothing.
        var isOperator = operatorKey.Matches(text);
        var isAuditor = auditorKey?.Matches(text) == true;
        return isOperator ? Roles.Operator
            : isAuditor ? Roles.Auditor
            : Roles.None;
    }
}
