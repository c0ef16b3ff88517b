namespace Holdfast.AspNetCore.Security;

/// <summary>What an endpoint needs its caller to be allowed. Every endpoint declares one; which role has it says <see cref="Permissions"/>.</summary>
internal enum Permission
{
    /// <summary>Nothing, and as often as anybody likes: a supervisor that is told to wait ends a server that is well.</summary>
    Probe,

    /// <summary>Nothing: the page without data, and what shows its own token.</summary>
    None,

    /// <summary>To be somebody: to learn who one is, and to get a ticket for a socket.</summary>
    Known,

    /// <summary>Write events and samples.</summary>
    EventsWrite,

    /// <summary>Hand in operations to be executed again.</summary>
    RetriesWrite,

    /// <summary>Send messages to those who listen on the Realtime protocol.</summary>
    Broadcast,

    /// <summary>See what is recorded and how the server does.</summary>
    Read,

    /// <summary>See who did what.</summary>
    AuditRead,

    /// <summary>Keep filters and views of one's own: whoever may look may keep how.</summary>
    PreferencesWrite,

    /// <summary>Call commands; each says itself who may call it.</summary>
    Commands,

    /// <summary>Have the server do something: flush now, move a circuit breaker, put back what failed. What changes how it goes on is audited.</summary>
    Operate,

    /// <summary>Say what is executed in the name of the server: change operations of a type that may not come from outside, such as SQL.</summary>
    InternalOperations,

    /// <summary>Change what guards the server and its record: limits of callers, what is masked, how long the audit is kept.</summary>
    Guards,

    /// <summary>Say who may call.</summary>
    KeysWrite,
}

/// <summary>The declaration on an endpoint.</summary>
internal sealed record PermissionMetadata(Permission Permission);
