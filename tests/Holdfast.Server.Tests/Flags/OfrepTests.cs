using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Flags;

/// <summary>OFREP 0.3.0 by hand: what the official provider does not ask.</summary>
public sealed class OfrepTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task A_flag_has_value_variant_reason_and_metadata()
    {
        await _server.PutFlagAsync("one.plain", """{"rule": {"type": "json", "variants": {"big": {"size": 3}}, "default": "big", "apply": "immediate"}}""");

        var answer = await _server.EvaluateAsync("one.plain", """{"context": {"targetingKey": "ada"}}""");

        answer.Status.ShouldBe(200);
        answer.ContentType.ShouldBe("application/json; charset=utf-8");
        answer.Body.ShouldBe("""{"key":"one.plain","value":{"size":3},"reason":"STATIC","variant":"big","metadata":{"apply":"immediate"}}""");
    }

    [Fact]
    public async Task A_flag_of_the_product_for_clients_is_answered_and_settings_are_not()
    {
        (await _server.EvaluateAsync(FlagNames.DashboardTransport, "{}")).Json.GetProperty("value").GetString().ShouldBe("ws");
        (await _server.EvaluateAsync(FlagNames.BatchSize, "{}")).Json.GetProperty("errorCode").GetString().ShouldBe("FLAG_NOT_FOUND");
    }

    [Fact]
    public async Task What_cannot_be_evaluated_has_the_codes_of_the_protocol()
    {
        await _server.PutFlagAsync("one.split", """{"rule": {"type": "bool", "split": [{"variant": "on", "percent": 50}]}}""");

        var unknown = await _server.EvaluateAsync("nothing", "{}");
        var nobody = await _server.EvaluateAsync("one.split", "{}");
        var wrong = await _server.EvaluateAsync("one.split", """{"context": {"targetingKey": 7}}""");
        var broken = await _server.EvaluateAsync(null, "{");
        var deep = await _server.EvaluateAsync(null, $$"""{"context": {{new string('[', 100)}}{{new string(']', 100)}}}""");
        var large = await _server.EvaluateAsync(null, $$$"""{"context": {"a": "{{{new string('x', 100_000)}}}"}}""");

        (unknown.Status, unknown.Json.GetProperty("errorCode").GetString(), unknown.Json.GetProperty("key").GetString()).ShouldBe((404, "FLAG_NOT_FOUND", "nothing"));
        (nobody.Status, nobody.Json.GetProperty("errorCode").GetString()).ShouldBe((400, "TARGETING_KEY_MISSING"));
        foreach (var answer in new[] { wrong, broken, deep, large })
        {
            (answer.Status, answer.Json.GetProperty("errorCode").GetString()).ShouldBe((400, "INVALID_CONTEXT"), answer.Body);
        }
    }

    [Fact]
    public async Task All_flags_have_a_tag_that_changes_only_with_what_this_context_gets()
    {
        await _server.PutFlagAsync("all.plan", """{"rule": {"type": "bool", "targeting": [{"if": {"==": [{"var": "plan"}, "pro"]}, "variant": "on"}]}}""");
        const string free = """{"context": {"targetingKey": "ada", "plan": "free"}}""";
        const string pro = """{"context": {"targetingKey": "ada", "plan": "pro"}}""";
        var freeTag = (await _server.EvaluateAsync(null, free)).Header("ETag").ShouldNotBeNull();
        var proTag = (await _server.EvaluateAsync(null, pro)).Header("ETag").ShouldNotBeNull();

        await _server.PutFlagAsync("all.plan", """{"rule": {"type": "bool", "targeting": [{"if": {"==": [{"var": "plan"}, "pro"]}, "split": [{"variant": "on", "percent": 0}]}]}}""");
        var freeAgain = await _server.EvaluateAsync(null, free, freeTag);
        var proAgain = await _server.EvaluateAsync(null, pro, proTag);

        freeTag.ShouldNotBe(proTag);
        (freeAgain.Status, freeAgain.Body, freeAgain.Header("ETag")).ShouldBe((304, "", freeTag));
        proAgain.Status.ShouldBe(200);
        proAgain.Header("ETag").ShouldNotBe(proTag);
        proAgain.Header("Access-Control-Expose-Headers").ShouldBe("ETag, Retry-After");
    }

    [Fact]
    public async Task A_flag_that_cannot_be_evaluated_costs_the_others_nothing()
    {
        await _server.PutFlagAsync("bulk.split", """{"rule": {"type": "bool", "split": [{"variant": "on", "percent": 50}]}}""");

        var flags = (await _server.EvaluateAsync(null, "{}")).Json.GetProperty("flags").EnumerateArray().ToDictionary(flag => flag.GetProperty("key").GetString()!);

        flags["bulk.split"].GetProperty("errorCode").GetString().ShouldBe("TARGETING_KEY_MISSING");
        flags[FlagNames.DashboardWebSocket].GetProperty("value").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task The_stream_tells_of_a_change_and_of_the_newest_one_at_its_beginning()
    {
        using var stream = await OpenAsync();
        var first = await stream.NextAsync();

        await _server.PutFlagAsync("stream.one", """{"value": true}""");
        var second = await stream.NextAsync();
        using var again = await OpenAsync(lastEventId: second.Id);
        await _server.PutFlagAsync("stream.one", """{"value": false}""");
        var third = await again.NextAsync();

        first.Event.ShouldBe("message");
        second.Id.ShouldNotBe(first.Id);
        var data = JsonDocument.Parse(second.Data).RootElement;
        (data.GetProperty("type").GetString(), data.GetProperty("etag").GetString()).ShouldBe(("refetchEvaluation", $"\"{second.Id}\""));
        data.GetProperty("lastModified").GetInt64().ShouldBeGreaterThan(1_700_000_000);
        third.Id.ShouldNotBe(second.Id);
    }

    [Fact]
    public async Task A_change_that_clients_are_not_told_of_is_not_told()
    {
        using var stream = await OpenAsync();
        var first = await stream.NextAsync();

        await _server.PutFlagAsync(FlagNames.BatchSize, """{"value": 111}""");
        await _server.PutFlagAsync("stream.two", """{"value": true}""");
        var next = await stream.NextAsync();

        next.Id.ShouldBe(_server.Flags.ClientRevision);
        next.Id.ShouldNotBe(first.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?token=")]
    [InlineData("?token=e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("?token=!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    public async Task The_stream_is_for_those_who_have_its_address(string query) => (await _server.GetAsync("/ofrep/v1/stream" + query)).ShouldBeProblem(410);

    [Fact]
    public async Task The_address_of_the_stream_stays_the_same_for_a_while() => (await AddressAsync()).ShouldBe(await AddressAsync());

    private async Task<string> AddressAsync() =>
        (await _server.EvaluateAsync(null, "{}")).Json.GetProperty("eventStreams")[0].GetProperty("endpoint").GetProperty("requestUri").GetString()!;

    private async Task<EventStream> OpenAsync(string? lastEventId = null) => await EventStream.OpenAsync(_server, await AddressAsync(), lastEventId);
}
