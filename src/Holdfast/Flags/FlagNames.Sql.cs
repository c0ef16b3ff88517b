namespace Holdfast.Flags;

public static partial class FlagNames
{
    /// <summary>Whether statements are executed for components.</summary>
    public const string SqlEnabled = "HOLDFAST_SQL_ENABLED";

    /// <summary>Connection strings by name; secret.</summary>
    public const string SqlConnections = "HOLDFAST_SQL_CONNECTIONS";

    /// <summary>Statements that may be executed.</summary>
    public const string SqlAllow = "HOLDFAST_SQL_ALLOW";

    /// <summary>Connections for what somebody waits for.</summary>
    public const string SqlCriticalConnections = "HOLDFAST_SQL_CRITICAL_CONNECTIONS";

    /// <summary>Connections for what can wait.</summary>
    public const string SqlBackgroundConnections = "HOLDFAST_SQL_BACKGROUND_CONNECTIONS";

    /// <summary>Connections that stay open.</summary>
    public const string SqlWarmConnections = "HOLDFAST_SQL_WARM_CONNECTIONS";

    /// <summary>Seconds after which a connection is closed.</summary>
    public const string SqlLifetimeSeconds = "HOLDFAST_SQL_CONNECTION_LIFETIME_SECONDS";

    /// <summary>Seconds after which an idle connection is tried.</summary>
    public const string SqlKeepAliveSeconds = "HOLDFAST_SQL_KEEPALIVE_SECONDS";
}
