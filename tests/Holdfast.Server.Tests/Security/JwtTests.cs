using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Security;

/// <summary>Tokens of others. They are put together by hand, so that also those can be made that no library would make.</summary>
public sealed class JwtTests : IAsyncLifetime
{
    private const string Secret = "a secret of the issuer, of more than 32 bytes";

    private static readonly string[] Unknown = ["b64"];

    private readonly RSA _rsa = RSA.Create(2_048);
    private TestServer? _server;

    private TestServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(settings: new Dictionary<string, object>
    {
        [FlagNames.JwtSecret] = Secret,
        [FlagNames.JwtPublicKey] = _rsa.ExportSubjectPublicKeyInfoPem().ReplaceLineEndings("\\n"),
        [FlagNames.JwtIssuer] = "https://issuer.example",
        [FlagNames.JwtAudience] = "holdfast",
        [FlagNames.JwtRoleClaim] = "holdfast_role",
    });

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _rsa.Dispose();
    }

    [Fact]
    public async Task With_tokens_set_up_nobody_is_let_in_without() => (await Server.GetAsync("/status")).ShouldBeProblem(401);

    [Theory]
    [InlineData("HS256")]
    [InlineData("RS256")]
    public async Task A_good_token_names_its_subject_and_its_role(string algorithm)
    {
        var token = Sign(algorithm, Claims());

        var access = (await GetAsync("/api/access", token)).Json;

        access.GetProperty("name").GetString().ShouldBe("jwt:ana");
        access.GetProperty("role").GetString().ShouldBe("operator");
        (await GetAsync("/api/keys", token)).ShouldBeProblem(403);
    }

    [Fact]
    public async Task A_token_without_a_signature_is_refused()
    {
        foreach (var algorithm in new[] { "none", "None", "NONE", "" })
        {
            await ShouldBeRefusedAsync($"{Part(new { alg = algorithm, typ = "JWT" })}.{Part(Claims())}.");
        }

        await ShouldBeRefusedAsync($"{Part(new { typ = "JWT" })}.{Part(Claims())}.");
    }

    [Fact]
    public async Task The_public_key_is_no_secret_to_sign_with()
    {
        foreach (var text in new[] { _rsa.ExportSubjectPublicKeyInfoPem(), _rsa.ExportSubjectPublicKeyInfoPem().ReplaceLineEndings("\\n"), _rsa.ExportRSAPublicKeyPem() })
        {
            await ShouldBeRefusedAsync(SignHmac(new { alg = "HS256" }, Claims(), Encoding.UTF8.GetBytes(text)));
        }

        await ShouldBeRefusedAsync(SignHmac(new { alg = "HS256" }, Claims(), _rsa.ExportSubjectPublicKeyInfo()));
    }

    [Fact]
    public async Task A_signature_of_one_kind_is_not_taken_for_another()
    {
        await ShouldBeRefusedAsync(SignHmac(new { alg = "RS256" }, Claims(), Encoding.UTF8.GetBytes(Secret)));
        await ShouldBeRefusedAsync(SignHmac(new { alg = "HS512" }, Claims(), Encoding.UTF8.GetBytes(Secret)));
        await ShouldBeRefusedAsync(SignHmac(new { alg = "hs256" }, Claims(), Encoding.UTF8.GetBytes(Secret)));
        await ShouldBeRefusedAsync(SignHmac(new { alg = "HS256" }, Claims(), Encoding.UTF8.GetBytes("another secret of more than 32 bytes")));
    }

    [Fact]
    public async Task A_token_does_not_bring_its_own_key()
    {
        using var own = RSA.Create(2_048);
        var parameters = own.ExportParameters(includePrivateParameters: false);
        var jwk = new { kty = "RSA", n = Base64Url.EncodeToString(parameters.Modulus), e = Base64Url.EncodeToString(parameters.Exponent) };

        await ShouldBeRefusedAsync(SignRsa(new { alg = "RS256", jwk, jku = "https://evil.example/keys", kid = "../../etc/passwd" }, Claims(), own));
    }

    [Fact]
    public async Task What_must_be_understood_and_is_not_makes_a_token_void() =>
        await ShouldBeRefusedAsync(SignHmac(new { alg = "HS256", crit = Unknown, b64 = false }, Claims(), Encoding.UTF8.GetBytes(Secret)));

    [Fact]
    public async Task Clocks_may_be_apart_for_half_a_minute_and_no_more()
    {
        (await GetAsync("/status", Sign("HS256", Claims(expires: -20)))).Status.ShouldBe(200);
        (await GetAsync("/status", Sign("HS256", Claims(from: 20)))).Status.ShouldBe(200);

        await ShouldBeRefusedAsync(Sign("HS256", Claims(expires: -40)));
        await ShouldBeRefusedAsync(Sign("HS256", Claims(from: 40)));
    }

    [Theory]
    [InlineData("exp", null)]
    [InlineData("exp", "tomorrow")]
    [InlineData("exp", 99999999999999999L)]
    [InlineData("exp", -1L)]
    [InlineData("iss", "https://evil.example")]
    [InlineData("iss", null)]
    [InlineData("aud", "another")]
    [InlineData("aud", null)]
    [InlineData("sub", null)]
    [InlineData("sub", "")]
    [InlineData("sub", "a\u0000b")]
    [InlineData("holdfast_role", null)]
    [InlineData("holdfast_role", "root")]
    [InlineData("holdfast_role", "Admin")]
    [InlineData("holdfast_role", 3L)]
    public async Task A_claim_that_is_missing_or_wrong_makes_a_token_void(string claim, object? value)
    {
        var claims = Claims();
        claims[claim] = value!;
        if (value is null)
        {
            claims.Remove(claim);
        }

        await ShouldBeRefusedAsync(Sign("HS256", claims));
    }

    [Fact]
    public async Task Several_roles_are_no_role()
    {
        var claims = Claims();
        claims["holdfast_role"] = new[] { "viewer", "admin" };

        await ShouldBeRefusedAsync(Sign("HS256", claims));
    }

    [Fact]
    public async Task What_only_looks_like_a_token_is_refused()
    {
        foreach (var text in new[] { "..", "a.b.c", "e30.e30.", "eyJhbGciOiJIUzI1NiJ9.e30.", "eyJhbGciOjV9.e30.x", "eyJhbGciOm51bGx9.e30.x", "....", "a.b.c.d.e", new string('a', 7_000) + ".b.c", "W10.W10.x" })
        {
            await ShouldBeRefusedAsync(text);
        }
    }

    [Fact]
    public async Task A_ticket_for_a_token_ends_no_later_than_the_token_and_its_socket_too()
    {
        var token = Sign("HS256", Claims(expires: -28.5));
        var ticket = (await SendAsync(HttpMethod.Post, "/api/access/ticket", token)).Json.GetProperty("ticket").GetString()!;

        await using var socket = await SocketClient.ConnectAsync(Server.WebSocketAddress("/live?ticket=" + ticket));

        await socket.EndedAsync();
    }

    private async Task ShouldBeRefusedAsync(string token) => (await GetAsync("/status", token)).ShouldBeProblem(401);

    private Task<Answer> GetAsync(string path, string token) => SendAsync(HttpMethod.Get, path, token);

    private Task<Answer> SendAsync(HttpMethod method, string path, string token)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return Server.SendAsync(request);
    }

    private static Dictionary<string, object> Claims(double expires = 300, double from = -300) => new(StringComparer.Ordinal)
    {
        ["sub"] = "ana",
        ["iss"] = "https://issuer.example",
        ["aud"] = "holdfast",
        ["holdfast_role"] = "operator",
        ["exp"] = TimeProvider.System.GetUtcNow().AddSeconds(expires).ToUnixTimeMilliseconds() / 1000.0,
        ["nbf"] = TimeProvider.System.GetUtcNow().AddSeconds(from).ToUnixTimeSeconds(),
    };

    private string Sign(string algorithm, object claims) => algorithm == "RS256"
        ? SignRsa(new { alg = algorithm }, claims, _rsa)
        : SignHmac(new { alg = algorithm }, claims, Encoding.UTF8.GetBytes(Secret));

    private static string SignHmac(object header, object claims, byte[] key)
    {
        var said = $"{Part(header)}.{Part(claims)}";
        return $"{said}.{Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(said)))}";
    }

    private static string SignRsa(object header, object claims, RSA rsa)
    {
        var said = $"{Part(header)}.{Part(claims)}";
        return $"{said}.{Base64Url.EncodeToString(rsa.SignData(Encoding.ASCII.GetBytes(said), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
