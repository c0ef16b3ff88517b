namespace Holdfast.AspNetCore.Security;

/// <summary>What an endpoint needs its caller to be allowed. Every endpoint declares one; roles are mapped to them.</summary>
internal enum Permission
{
    /// <summary>Nothing: probes, and the page without data.</summary>
    None,

    /// <summary>Write events and samples.</summary>
    EventsWrite,

    /// <summary>See what is recorded and how the server does.</summary>
    Read,

    /// <summary>Have the server do something: flush now, move a circuit breaker. What changes how it goes on is audited.</summary>
    Operate,
}

/// <summary>The declaration on an endpoint.</summary>
internal sealed record PermissionMetadata(Permission Permission);
