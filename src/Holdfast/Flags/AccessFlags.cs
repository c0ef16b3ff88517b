using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Flags;

/// <summary>Who is let in. Read once, all but the limits: what lets people in is not changed by whoever is in.</summary>
internal static class AccessFlags
{
    // The hash that signs has 256 bits; a shorter key is easier to find than it.
    private const int SecretBytesLeast = 32;

    private const int RsaBitsLeast = 2_048;

    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        new(FlagNames.RequireKeys, FlagType.Bool, false, "Whether keys are needed also on loopback before there is one. Once there was a key they always are.") { Apply = FlagApply.Start },
        Text(FlagNames.JwtSecret, "Key of tokens (JWT) that are signed with HS256, at least 32 bytes. Empty: such tokens are refused.") with { Secret = true, Validator = LongOrEmpty },
        Text(FlagNames.JwtPublicKey, "Public key, as PEM, of tokens (JWT) that are signed with RS256; \\n stands for a line's end. Empty: such tokens are refused.") with { Validator = RsaOrEmpty },
        Text(FlagNames.JwtIssuer, "Who must have issued a token (iss). Empty: anybody who has the key."),
        Text(FlagNames.JwtAudience, "Whom a token must be for (aud). Empty: anybody."),
        Text(FlagNames.JwtRoleClaim, "The claim of a token that names the role: ingest, viewer, operator or admin.", "role") with { Validator = FlagValidators.NotBlank },
        Text(
            FlagNames.TicketSecret,
            "Signs the tickets with which pages open sockets, at least 32 bytes; the same on all nodes behind one address. Empty: each process makes its own.") with
        {
            Secret = true,
            Validator = LongOrEmpty,
        },
        Text(FlagNames.AllowedHosts, "Names under which the server is reached, with commas, beside loopback, addresses in digits and the machine's own name.") with
        {
            Validator = FlagValidators.NamesUpTo(32),
        },
        Text(FlagNames.AllowedOrigins, "Origins of web pages elsewhere that may call with a key, with commas: https://ops.example.com. Empty: the server's own page only.") with
        {
            Validator = Origins,
        },
        new(
            FlagNames.Redact,
            FlagType.String,
            "",
            "Members of events that are masked (***) before anything is made durable, with commas: a name, or the last names of a path: password,card.number. Case does not matter.") { Guards = true },
        Text(FlagNames.TrustedProxies, "Addresses of proxies, with commas, that are believed when they say for whom they ask (X-Forwarded-For).") with { Validator = Addresses },
        Limit(FlagNames.LimitReads, 30_000, "Requests a minute with which one key, or an address without one, may read; a sixth of them at once. 0: no limit. Without keys there is none."),
        Limit(FlagNames.LimitWrites, 1_200, "Requests a minute with which one key may change something. 0: no limit."),
        Limit(FlagNames.LimitIngest, 60_000, "Requests a minute with which one key may send events or samples, of any number. 0: no limit."),
        Limit(FlagNames.LimitFailures, 20, "Bad keys a minute that an address may show; then it is told to wait. 0: no limit."),
        Limit(FlagNames.LimitSockets, 200, "WebSockets that one key may have open."),
        Limit(FlagNames.LimitConnections, 5_000, "Connections that one address may have open. A third of what the server takes, so that one address never takes all.") with
        {
            Apply = FlagApply.Start,
            Validator = FlagValidators.Between(1, 15_000),
        },
    ];

    /// <summary>The key, with its line ends as a PEM has them.</summary>
    public static string Pem(string text) => text.Replace("\\n", "\n", StringComparison.Ordinal);

    private static FlagDefinition Text(string name, string description, string fallback = "") =>
        new(name, FlagType.String, fallback, description) { Apply = FlagApply.Start };

    private static FlagDefinition Limit(string name, long fallback, string description) =>
        new(name, FlagType.Int, fallback, description) { Validator = FlagValidators.Between(0, 100_000_000), Guards = true };

    private static string? Addresses(object value) =>
        FlagText.List((string)value).All(text => IPAddress.TryParse(text, out _)) ? null : "must be a list with commas of addresses such as 10.0.0.5";

    private static string? LongOrEmpty(object value) =>
        (string)value is "" || Encoding.UTF8.GetByteCount((string)value) >= SecretBytesLeast ? null : $"must have at least {SecretBytesLeast} bytes: openssl rand -hex 32 makes some";

    private static string? RsaOrEmpty(object value)
    {
        if ((string)value is "")
        {
            return null;
        }

        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(Pem((string)value));
            return rsa.KeySize >= RsaBitsLeast ? null : $"must be an RSA key of at least {RsaBitsLeast} bits";
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            return "must be an RSA public key as PEM (-----BEGIN PUBLIC KEY-----)";
        }
    }

    private static string? Origins(object value) =>
        FlagText.List((string)value).All(text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == text)
            ? null
            : "must be a list with commas of origins such as https://ops.example.com, without a path";
}
