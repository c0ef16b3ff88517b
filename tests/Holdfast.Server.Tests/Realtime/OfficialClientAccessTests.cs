using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Access;
using Holdfast.AspNetCore.Security;
using Holdfast.Flags;
using Holdfast.Pipeline;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Realtime;

/// <summary>What the official client sees of a server that asks for keys.</summary>
public sealed class OfficialClientAccessTests : IAsyncLifetime
{
    private const string Secret = "a secret of the issuer, of more than 32 bytes";

    private TestServer _server = null!;

    public static TheoryData<string> Versions => OfficialClientTests.Versions;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.JwtSecret] = Secret });

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_wrong_key_is_refused_and_the_ping_says_so(string version)
    {
        var seen = await RealtimeScene.PlayAsync(_server.Address, version, "refused", new { key = "hf_wrong" });

        seen.GetProperty("first").GetProperty("state").GetString().ShouldBe("CHANNEL_ERROR");
        seen.GetProperty("ping").GetRawText().ShouldBe("""{"status":401,"body":{"message":"Unauthorized"}}""");
        seen.GetProperty("sent").GetString().ShouldBe("Unauthorized");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_token_is_refreshed_in_time_or_its_channel_comes_back_with_a_new_one(string version)
    {
        var key = await KeyedServer.KeyAsync(_server, "ana", "operator");
        var given = new { key, @short = Token(TimeSpan.FromSeconds(2)), shortLastsMs = 2_000, @long = Token(TimeSpan.FromMinutes(5)), ending = Token(TimeSpan.FromSeconds(6)) };

        var seen = await RealtimeScene.PlayAsync(_server.Address, version, "token", given);

        seen.GetProperty("afterFirst").GetRawText().ShouldBe("""["SUBSCRIBED"]""");
        seen.GetProperty("otherStates").EnumerateArray().Select(state => state.GetProperty("state").GetString()).ShouldNotContain("CLOSED");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_key_that_is_revoked_ends_its_channels_and_opens_none_again(string version)
    {
        var (opener, revoked) = (await KeyedServer.KeyAsync(_server, "ana", "viewer"), await KeyedServer.KeyAsync(_server, "bob", "viewer"));
        using var scene = RealtimeScene.Begin(_server.Address, version, "revoked", new { key = opener, token = revoked });
        (await scene.SaysAsync()).GetProperty("ready").GetBoolean().ShouldBeTrue();

        await _server.Node.Parts.Access.Desk.RevokeAsync(KeyText.Read(revoked)!.Value.Id, new Act("test"), CancellationToken.None);
        var seen = await scene.EndAsync();

        seen.GetProperty("system")[0].GetString().ShouldBe("You no longer have permission to read from this Channel topic: secured");
        var states = seen.GetProperty("states").EnumerateArray().ToArray();
        states.Select(state => state.GetProperty("state").GetString()).ShouldBe(["SUBSCRIBED", "CHANNEL_ERROR", "CHANNEL_ERROR"]);
        states[2].GetProperty("error").GetString().ShouldNotBeNull().ShouldStartWith("InvalidJWTToken: Token has expired");
    }

    /// <summary>A token that is good for so long here, where clocks may be apart by <see cref="JwtReader.Skew"/>. It names nobody, as tokens of Supabase may.</summary>
    private static string Token(TimeSpan goodFor)
    {
        var expires = TimeProvider.System.GetUtcNow() + goodFor - JwtReader.Skew;
        var said = $"{Part(new { alg = "HS256", typ = "JWT" })}.{Part(new { role = "viewer", exp = expires.ToUnixTimeSeconds() })}";
        return $"{said}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes(said)))}";
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
