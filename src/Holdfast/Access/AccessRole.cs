namespace Holdfast.Access;

/// <summary>What somebody may do; which role may do what is one table (<c>Permissions</c>, where the endpoints are).</summary>
internal enum AccessRole
{
    /// <summary>A program that sends events and samples, and sees nothing.</summary>
    Ingest,

    /// <summary>Sees.</summary>
    Viewer,

    /// <summary>Sees, sends, and has the server do something.</summary>
    Operator,

    /// <summary>All of that, and gives keys to others.</summary>
    Admin,
}

/// <summary>Roles on the wire: <c>ingest</c>, <c>viewer</c>, <c>operator</c>, <c>admin</c>.</summary>
internal static class AccessRoles
{
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<AccessRole>().Select(NameOf)];

    public static string NameOf(AccessRole role) => role switch
    {
        AccessRole.Ingest => "ingest",
        AccessRole.Viewer => "viewer",
        AccessRole.Operator => "operator",
        AccessRole.Admin => "admin",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "Not a role."),
    };

    /// <summary>Null: there is no such role. Case matters, as in everything that gives rights.</summary>
    public static AccessRole? Parse(string? name) => name switch
    {
        "ingest" => AccessRole.Ingest,
        "viewer" => AccessRole.Viewer,
        "operator" => AccessRole.Operator,
        "admin" => AccessRole.Admin,
        _ => null,
    };
}
