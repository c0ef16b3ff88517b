using System.Net;

namespace Holdfast.Access;

/// <summary>Who is let in, as the settings have it.</summary>
internal sealed record AccessOptions
{
    /// <summary>Keys are needed also on loopback, before there is one.</summary>
    public bool RequireKeys { get; init; }

    /// <summary>Tokens of others that are accepted; null: none.</summary>
    public JwtOptions? Jwt { get; init; }

    /// <summary>Signs tickets; null: each process has its own.</summary>
    public string? TicketSecret { get; init; }

    /// <summary>Names under which the server is reached.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Proxies that are believed when they say for whom they ask.</summary>
    public IReadOnlyList<IPAddress> TrustedProxies { get; init; } = [];

    /// <summary>Origins of web pages elsewhere that may call.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];
}

/// <summary>Which tokens are accepted.</summary>
/// <param name="Secret">For HS256; null: none is.</param>
/// <param name="PublicKeyPem">For RS256; null: none is.</param>
internal sealed record JwtOptions(string? Secret, string? PublicKeyPem, string? Issuer, string? Audience, string RoleClaim);
