using System.Text;
using System.Text.Json;
using Holdfast.Events;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.BuiltIn;

/// <summary>Rules in a running server: put, in effect at once and after the next start, audited.</summary>
public sealed class EventRulesTests
{
    private const string Rules = """{"rules":[{"name":"news","pattern":"shop.*","condition":{"field":"open","equals":true},"destination":"record"}]}""";

    [Fact]
    public async Task Rules_are_in_effect_at_once_and_after_the_next_start()
    {
        using var data = new DataDirectory();
        await using (var server = await TestServer.StartAsync(data))
        {
            (await server.GetAsync("/api/event-rules")).Json.GetProperty("rules").GetArrayLength().ShouldBe(0);

            (await PutAsync(server, Rules)).Status.ShouldBe(200);

            Publish(server, "shop.first");
            (await server.StoredAsync("event_type=shop.first", 1)).Count.ShouldBe(1);
        }

        await using var again = await TestServer.StartAsync(data);
        var rule = (await again.GetAsync("/api/event-rules")).Json.GetProperty("rules").EnumerateArray().ShouldHaveSingleItem();
        rule.GetProperty("enabled").GetBoolean().ShouldBeTrue();
        await Deadline.EventuallyAsync(() => Task.FromResult(Publish(again, "shop.second")), result => result.Accepted > 0);
        await again.StoredAsync("event_type=shop.second", 1);
        await Deadline.EventuallyAsync(() => again.GetAsync("/api/audit"), answer => answer.Body.Contains("event_rules.replace", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rules_with_faults_change_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await PutAsync(server, Rules);

        var refused = await PutAsync(server, """{"rules":[{"name":"a","pattern":"","destination":"nowhere"}]}""");

        refused.Status.ShouldBe(400);
        refused.Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()).ShouldBe(["rules[0].pattern", "rules[0].destination"]);
        (await server.GetAsync("/api/event-rules")).Json.GetProperty("rules").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task The_audit_says_what_was_there_before_also_where_the_component_is_off()
    {
        using var data = new DataDirectory();
        await File.WriteAllTextAsync(Path.Combine(data.Path, "event-rules.json"), Rules, TestContext.Current.CancellationToken);
        await using var server = await TestServer.StartAsync(data, new Dictionary<string, object> { [FlagNames.ComponentsDisabled] = "eventfilter" });

        (await PutAsync(server, """{"rules":[]}""")).Status.ShouldBe(200);

        var audit = await Deadline.EventuallyAsync(() => server.GetAsync("/api/audit"), answer => answer.Body.Contains("event_rules.replace", StringComparison.Ordinal));
        audit.Json.GetProperty("items")[0].GetProperty("details").GetProperty("before")[0].GetString()!.ShouldStartWith("news: shop.*");
    }

    private static PublishResult Publish(TestServer server, string type) =>
        server.Services.GetRequiredService<IEventBus>().Publish(type, JsonDocument.Parse("""{"open":true}""").RootElement);

    private static Task<Answer> PutAsync(TestServer server, string rules) =>
        server.SendAsync(new HttpRequestMessage(HttpMethod.Put, "/api/event-rules") { Content = new StringContent(rules, Encoding.UTF8, "application/json") });
}
