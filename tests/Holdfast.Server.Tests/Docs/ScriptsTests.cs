using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Docs;

/// <summary>The JavaScript of the docs, with the clients that it is for, unmodified, against a real server.</summary>
public sealed class ScriptsTests
{
    [Fact]
    public async Task A_client_of_Supabase_Realtime_hears_rows_messages_and_the_live_topic()
    {
        await using var server = await TestServer.StartAsync();

        using var script = NodeScript.Start("realtime/listen.mjs", "HOLDFAST_TEST_REALTIME", server.Address.AbsoluteUri);

        // In whatever order; what is not said at all ends the patience.
        HashSet<string> wanted = ["SUBSCRIBED undefined", "{ x: 17 }", "1 { order: 17 }", "live"];
        while (wanted.Count > 0)
        {
            wanted.Remove(await script.SaysAsync());
        }
    }

    [Fact]
    public async Task Who_listens_at_a_hosted_project_hears_what_is_published_there()
    {
        await using var project = await TestServer.StartAsync();
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [FlagNames.SupabaseUrl] = project.Address.AbsoluteUri.TrimEnd('/'),
            [FlagNames.SupabaseServiceRoleKey] = "sb_secret_0123456789abcdef0123456789abcdef",
        });

        using var script = NodeScript.Start("realtime/hosted.mjs", "HOLDFAST_TEST_REALTIME", project.Address.AbsoluteUri);
        (await script.SaysAsync()).ShouldBe("listening");
        await server.PostAsync("""{"event_type": "order.failed", "data": {"order": 17}}""");

        (await script.EndAsync()).Trim().ShouldBe("order.failed");
    }

    [Fact]
    public async Task A_client_of_OpenFeature_gets_the_value_that_the_rule_of_the_page_gives_it()
    {
        var rule = DocsPage.Of("docs/reference/flags.md").Blocks.Single(block => block.Mark.EndsWith("as rule", StringComparison.Ordinal));
        await using var server = await TestServer.StartAsync();
        (await server.PutFlagAsync("chart.fast", JsonSerializer.Serialize(new { rule = JsonElement.Parse(rule.Code) }))).Status.ShouldBe(200);

        using var script = NodeScript.Start("ofrep/ask.mjs", "HOLDFAST_TEST_OFREP", server.Address.AbsoluteUri);

        (await script.EndAsync()).Trim().ShouldBe("true"); // user-1 stands in the overrides
    }
}
