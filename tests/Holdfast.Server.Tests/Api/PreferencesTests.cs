using System.Net.Http.Headers;
using System.Text;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Api;

/// <summary>What people keep of the page.</summary>
public sealed class PreferencesTests : IAsyncLifetime
{
    private TestServer? _server;

    private TestServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    [Fact]
    public async Task What_is_kept_comes_back_with_its_version()
    {
        var kept = await PutAsync("view.events.mine", """{"value": {"query": "?text=a"}}""");

        kept.Status.ShouldBe(200);
        var version = kept.Json.GetProperty("version").GetInt32();
        kept.Header("ETag").ShouldBe($"\"{version}\"");
        (await Server.GetAsync("/api/preferences")).Body.ShouldBe(
            $$$"""{"items":[{"key":"view.events.mine","version":{{{version}}},"value":{"query":"?text=a"}}],"next_cursor":null}""");
    }

    [Fact]
    public async Task A_write_over_what_was_changed_elsewhere_is_refused()
    {
        await PutAsync("view.a", """{"value": {}}""", ifMatch: "\"0\"");

        (await PutAsync("view.a", """{"value": {"n": 1}}""", ifMatch: "\"0\"")).ShouldBeProblem(412);
        (await SendAsync(HttpMethod.Delete, "view.a", null, "\"0\"")).ShouldBeProblem(412);
        (await SendAsync(HttpMethod.Delete, "view.a", null, null)).Status.ShouldBe(204);
        (await SendAsync(HttpMethod.Delete, "view.a", null, null)).Status.ShouldBe(204);
    }

    [Fact]
    public async Task Everything_wrong_is_told_at_once()
    {
        var large = new string('x', 5_000);

        var faults = (await PutAsync("View%20A", $$"""{"value": {"text": "{{large}}" }, "more": 1}""")).ShouldBeProblem(400).GetProperty("errors");

        faults.EnumerateArray().Select(fault => fault.GetProperty("field").GetString()).ShouldBe(["value", "key", "more"], ignoreOrder: true);
        (await PutAsync("view.a", """{"value": [1]}""")).ShouldBeProblem(400);
        (await PutAsync("view.a", """{"value": {}}""", ifMatch: "1")).ShouldBeProblem(400);
    }

    [Fact]
    public async Task Nobody_keeps_more_than_a_hundred()
    {
        for (var number = 0; number < 100; number++)
        {
            (await PutAsync($"view.{number}", """{"value": {}}""")).Status.ShouldBe(200);
        }

        (await PutAsync("view.another", """{"value": {}}""")).ShouldBeProblem(409).GetProperty("title").GetString().ShouldBe("You keep too many.");
        (await PutAsync("view.7", """{"value": {"n": 1}}""")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Nobody_sees_what_another_keeps()
    {
        var ana = await KeyAsync("ana", "admin", null);
        var vic = await KeyAsync("vic", "viewer", ana);
        await PutAsync("view.a", """{"value": {}}""", key: ana);

        (await GetAsync(vic)).Json.GetProperty("items").GetArrayLength().ShouldBe(0);
        (await PutAsync("view.a", """{"value": {"mine": true}}""", ifMatch: "\"0\"", key: vic)).Status.ShouldBe(200);
        (await GetAsync(ana)).Json.GetProperty("items")[0].GetProperty("value").GetRawText().ShouldBe("{}");
    }

    private async Task<string> KeyAsync(string name, string role, string? key) =>
        (await SendAsync(HttpMethod.Post, "/api/keys", $$"""{"name": "{{name}}", "role": "{{role}}"}""", null, key)).Json.GetProperty("key").GetString()!;

    private Task<Answer> GetAsync(string key) => SendAsync(HttpMethod.Get, "/api/preferences", null, null, key);

    private Task<Answer> PutAsync(string document, string body, string? ifMatch = null, string? key = null) => SendAsync(HttpMethod.Put, document, body, ifMatch, key);

    private Task<Answer> SendAsync(HttpMethod method, string path, string? body, string? ifMatch, string? key = null)
    {
        var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : $"/api/preferences/{path}");
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        return Server.SendAsync(request);
    }
}
