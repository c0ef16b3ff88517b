using System.Security.Cryptography;
using System.Text;
using Holdfast.Access;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Holdfast.AspNetCore.Security;

/// <summary>
/// Judges tokens (JWT). The algorithm that a token names chooses among those that are set, each of which has a key of its own kind: <c>none</c>
/// is not among them, and a public key is never taken for a secret.
/// </summary>
internal sealed class JwtReader
{
    /// <summary>How far the clocks of the issuer and of this machine may be apart.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    /// <summary>Before the subject of a token, where it names a caller: no key has such a name.</summary>
    public const string NamePrefix = "jwt:";

    private const int SubjectCharsMax = 100;
    private const string Nobody = "(nobody)";
    private const string NotAccepted = "The token is not one that is accepted here.";
    private const string NotNow = "The token has expired, is not valid yet, or does not say until when it is.";

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = 8 << 10, MapInboundClaims = false };
    private readonly Dictionary<string, TokenValidationParameters> _byAlgorithm = new(StringComparer.Ordinal);
    private readonly JwtOptions _options;
    private readonly TimeProvider _time;

    public JwtReader(JwtOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        if (options.Secret is { } secret)
        {
            _byAlgorithm[SecurityAlgorithms.HmacSha256] = Parameters(SecurityAlgorithms.HmacSha256, new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)));
        }

        if (options.PublicKeyPem is { } pem)
        {
            var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            _byAlgorithm[SecurityAlgorithms.RsaSha256] = Parameters(SecurityAlgorithms.RsaSha256, new RsaSecurityKey(rsa));
        }
    }

    /// <summary>Who is named by the token; or what is wrong with it, without a word of what it says.</summary>
    /// <param name="subjectNeeded">Somebody must be named. Not so where nothing is written down with a name.</param>
    public async ValueTask<KeyVerdict> JudgeAsync(string text, bool subjectNeeded = true)
    {
        if (!TryRead(text, out var token) || token.Alg is not { } algorithm || !_byAlgorithm.TryGetValue(algorithm, out var parameters) || token.TryGetHeaderValue<object>("crit", out _))
        {
            return KeyVerdict.Bad(CredentialFault.Unreadable, NotAccepted);
        }

        var result = await _handler.ValidateTokenAsync(token, parameters);
        return !result.IsValid ? FaultOf(result.Exception, token) : CallerOf(token, subjectNeeded);
    }

    private bool TryRead(string text, out JsonWebToken token)
    {
        token = null!;
        if (text.Count(letter => letter == '.') != 2 || !_handler.CanReadToken(text)) // with four it would be an encrypted one
        {
            return false;
        }

        try
        {
            token = _handler.ReadJsonWebToken(text);
            return true;
        }
        catch (Exception fault) when (fault is ArgumentException or SecurityTokenException)
        {
            return false; // it looks like a token and is none
        }
    }

    private KeyVerdict CallerOf(JsonWebToken token, bool subjectNeeded)
    {
        if (AccessRoles.Parse(Text(token, _options.RoleClaim)) is not { } role)
        {
            return KeyVerdict.Bad(CredentialFault.Incomplete, $"The token names no role: the claim '{_options.RoleClaim}' must be one of {string.Join(", ", AccessRoles.Names)}.");
        }

        return (Text(token, JwtRegisteredClaimNames.Sub) ?? (subjectNeeded ? null : Nobody)) is { Length: > 0 and <= SubjectCharsMax } subject && !subject.Any(char.IsControl)
            ? new KeyVerdict(new Caller(NamePrefix + subject, role) { ExpiresAt = new DateTimeOffset(token.ValidTo, TimeSpan.Zero) + Skew }, null)
            : KeyVerdict.Bad(CredentialFault.Incomplete, $"The token names nobody: its subject must have 1 to {SubjectCharsMax} characters.");
    }

    private static string? Text(JsonWebToken token, string claim) =>
        token.TryGetPayloadValue<object>(claim, out var value) ? value as string : null;

    private TokenValidationParameters Parameters(string algorithm, SecurityKey key) => new()
    {
        ValidAlgorithms = [algorithm],
        IssuerSigningKey = key,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        ValidateIssuer = _options.Issuer is not null,
        ValidIssuer = _options.Issuer,
        ValidateAudience = _options.Audience is not null,
        ValidAudience = _options.Audience,
        LifetimeValidator = (from, until, _, _) => until is not null && IsNow(from, until.Value),
    };

    private bool IsNow(DateTime? from, DateTime until)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return now < until + Skew && (from is not { } begin || now >= begin - Skew);
    }

    private static KeyVerdict FaultOf(Exception? fault, JsonWebToken token) => fault switch
    {
        SecurityTokenNoExpirationException => KeyVerdict.Bad(CredentialFault.Incomplete, NotNow),
        SecurityTokenInvalidLifetimeException => token.ValidTo == DateTime.MinValue
            ? KeyVerdict.Bad(CredentialFault.Incomplete, NotNow)
            : KeyVerdict.Bad(CredentialFault.Expired, NotNow, new DateTimeOffset(token.ValidTo, TimeSpan.Zero)),
        SecurityTokenInvalidIssuerException => KeyVerdict.Bad(CredentialFault.Unknown, "The token was issued by somebody else."),
        SecurityTokenInvalidAudienceException => KeyVerdict.Bad(CredentialFault.Unknown, "The token is for somebody else."),
        _ => KeyVerdict.Bad(CredentialFault.Unknown, NotAccepted),
    };
}
