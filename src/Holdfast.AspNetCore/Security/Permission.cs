namespace Holdfast.AspNetCore.Security;

/// <summary>What an endpoint needs its caller to be allowed. Every endpoint declares one; roles are mapped to them.</summary>
internal enum Permission
{
    /// <summary>Nothing: probes, and the page without data.</summary>
    None,

    /// <summary>Write events and samples.</summary>
    EventsWrite,

    /// <summary>Have the server do what it would do by itself later: flush.</summary>
    Operate,

    /// <summary>See what is recorded and how the server does.</summary>
    Read,
}

/// <summary>The declaration on an endpoint.</summary>
internal sealed record PermissionMetadata(Permission Permission);
