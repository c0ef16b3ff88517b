using System.Text.Json;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Flags;

/// <summary>The official OFREP web provider of OpenFeature, unmodified, in Node, against a real server.</summary>
public sealed class OfrepProviderTests : IAsyncLifetime
{
    private const int Flips = 100;

    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Values_of_every_type_reach_the_application()
    {
        await _server.PutFlagAsync("types.bool", """{"value": true}""");
        await _server.PutFlagAsync("types.string", """{"value": "é🚀"}""");
        await _server.PutFlagAsync("types.int", """{"value": 42}""");
        await _server.PutFlagAsync("types.float", """{"value": 0.5}""");
        await _server.PutFlagAsync("types.json", """{"value": {"a": [1, null]}}""");
        await _server.PutFlagAsync("types.split", """{"rule": {"type": "string", "variants": {"a": "A", "b": "B"}, "default": "b", "split": [{"variant": "a", "percent": 100}]}}""");

        var seen = await RunAsync("values");

        seen.GetProperty("bool").GetProperty("value").GetBoolean().ShouldBeTrue();
        seen.GetProperty("string").GetProperty("value").GetString().ShouldBe("é🚀");
        seen.GetProperty("int").GetProperty("value").GetInt32().ShouldBe(42);
        seen.GetProperty("float").GetProperty("value").GetDouble().ShouldBe(0.5);
        seen.GetProperty("json").GetProperty("value").GetRawText().ShouldBe("""{"a":[1,null]}""");
        var split = seen.GetProperty("split");
        (split.GetProperty("value").GetString(), split.GetProperty("variant").GetString(), split.GetProperty("reason").GetString()).ShouldBe(("A", "a", "SPLIT"));
        split.GetProperty("flagMetadata").GetProperty("bucket").GetInt32().ShouldBeInRange(0, 99_999);
        var missing = seen.GetProperty("missing");
        (missing.GetProperty("value").GetString(), missing.GetProperty("errorCode").GetString()).ShouldBe(("fallback", "FLAG_NOT_FOUND"));
    }

    [Fact]
    public async Task Every_one_of_a_hundred_flips_is_seen()
    {
        await _server.PutFlagAsync("flip", """{"value": false}""");

        var seen = await RunAsync("flips", $"{Flips}");

        seen.GetProperty("flips").GetInt32().ShouldBe(Flips);
        seen.GetProperty("seen").GetInt32().ShouldBe(Flips);
        seen.GetProperty("errors").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_change_that_does_not_concern_the_context_is_answered_with_nothing_new()
    {
        await _server.PutFlagAsync("plan", """{"rule": {"type": "bool", "targeting": [{"if": {"==": [{"var": "plan"}, "pro"]}, "variant": "on"}]}}""");

        var seen = await RunAsync("unconcerned");

        seen.GetProperty("statuses").EnumerateArray().Select(status => status.GetInt32()).ShouldContain(304);
        seen.GetProperty("changes").GetInt32().ShouldBe(0);
    }

    private async Task<JsonElement> RunAsync(params string[] arguments)
    {
        using var script = NodeScript.Start("ofrep/provider.mjs", "HOLDFAST_TEST_OFREP", [_server.Address.AbsoluteUri, .. arguments]);
        return JsonElement.Parse(await script.EndAsync());
    }
}
