namespace Holdfast.Flags;

public static partial class FlagNames
{
    /// <summary>Whether keys are needed before there is one.</summary>
    public const string RequireKeys = "HOLDFAST_REQUIRE_KEYS";

    /// <summary>Key of tokens that are signed with HS256; secret.</summary>
    public const string JwtSecret = "HOLDFAST_JWT_SECRET";

    /// <summary>Public key of tokens that are signed with RS256.</summary>
    public const string JwtPublicKey = "HOLDFAST_JWT_PUBLIC_KEY";

    /// <summary>Who must have issued a token.</summary>
    public const string JwtIssuer = "HOLDFAST_JWT_ISSUER";

    /// <summary>Whom a token must be for.</summary>
    public const string JwtAudience = "HOLDFAST_JWT_AUDIENCE";

    /// <summary>The claim that names the role.</summary>
    public const string JwtRoleClaim = "HOLDFAST_JWT_ROLE_CLAIM";

    /// <summary>Signs tickets for sockets, for several nodes; secret.</summary>
    public const string TicketSecret = "HOLDFAST_TICKET_SECRET";

    /// <summary>Names under which the server is reached.</summary>
    public const string AllowedHosts = "HOLDFAST_ALLOWED_HOSTS";

    /// <summary>Proxies that are believed.</summary>
    public const string TrustedProxies = "HOLDFAST_TRUSTED_PROXIES";

    /// <summary>Reads a minute.</summary>
    public const string LimitReads = "HOLDFAST_LIMIT_READS_PER_MINUTE";

    /// <summary>Writes a minute.</summary>
    public const string LimitWrites = "HOLDFAST_LIMIT_WRITES_PER_MINUTE";

    /// <summary>Requests with events or samples a minute.</summary>
    public const string LimitIngest = "HOLDFAST_LIMIT_INGEST_PER_MINUTE";

    /// <summary>Bad keys of an address a minute.</summary>
    public const string LimitFailures = "HOLDFAST_LIMIT_FAILED_LOGINS_PER_MINUTE";

    /// <summary>Connections of a key that last.</summary>
    public const string LimitSockets = "HOLDFAST_LIMIT_SOCKETS_PER_KEY";

    /// <summary>Connections of an address.</summary>
    public const string LimitConnections = "HOLDFAST_LIMIT_CONNECTIONS_PER_ADDRESS";

    /// <summary>What is masked in events.</summary>
    public const string Redact = "HOLDFAST_REDACT";

    /// <summary>Web pages of other origins that may call.</summary>
    public const string AllowedOrigins = "HOLDFAST_ALLOWED_ORIGINS";
}
