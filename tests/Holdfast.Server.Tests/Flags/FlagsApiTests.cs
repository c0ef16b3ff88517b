using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Flags;

/// <summary>What people do to flags over HTTP, on a running server.</summary>
public sealed class FlagsApiTests
{
    private const string Banner = """{"rule": {"type": "string", "variants": {"none": "", "sale": "10 %"}, "default": "none", "split": [{"variant": "sale", "percent": 100}]}}""";

    [Fact]
    public async Task A_setting_that_is_put_is_in_effect_at_once_and_after_the_next_start()
    {
        using var data = new DataDirectory();
        await using (var server = await TestServer.StartAsync(data))
        {
            var put = await server.PutFlagAsync(FlagNames.BatchSize, """{"value": 250, "reason": "large rows"}""");

            put.Status.ShouldBe(200, put.Body);
            (put.Json.GetProperty("value").GetInt64(), put.Json.GetProperty("origin").GetString()).ShouldBe((250, "runtime"));
            server.Flags.GetInt(FlagNames.BatchSize).ShouldBe(250);
        }

        await using var again = await TestServer.StartAsync(data);
        again.Flags.GetInt(FlagNames.BatchSize).ShouldBe(250);
    }

    [Fact]
    public async Task A_setting_that_is_reset_has_the_value_of_the_layer_below()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.BatchSize] = 70L });
        await server.PutFlagAsync(FlagNames.BatchSize, """{"value": 250}""");

        var reset = await server.DeleteFlagAsync(FlagNames.BatchSize);

        (reset.Json.GetProperty("value").GetInt64(), reset.Json.GetProperty("origin").GetString()).ShouldBe((70, "default"));
        reset.Header("ETag").ShouldBe("\"0\"");
    }

    [Fact]
    public async Task What_a_stronger_layer_says_cannot_be_set_and_the_answer_names_it()
    {
        using var data = new DataDirectory();
        await File.WriteAllTextAsync(Path.Combine(data.Path, "flags.override.json"), $$"""{"{{FlagNames.BatchSize}}": 5, "chart.fast": false}""", Deadline.Token());
        await using var server = await TestServer.StartAsync(data);

        var setting = await server.PutFlagAsync(FlagNames.BatchSize, """{"value": 250}""");
        var users = await server.PutFlagAsync("chart.fast", """{"value": true}""");

        setting.ShouldBeProblem(409).GetProperty("origin").GetString().ShouldBe("override");
        users.ShouldBeProblem(409).GetProperty("origin").GetString().ShouldBe("override");
        server.Flags.GetInt(FlagNames.BatchSize).ShouldBe(5);
    }

    [Fact]
    public async Task Not_both_live_sources_of_the_page_can_be_off()
    {
        await using var server = await TestServer.StartAsync();
        (await server.PutFlagAsync(FlagNames.DashboardRealtime, """{"value": false}""")).Status.ShouldBe(200);

        var refused = await server.PutFlagAsync(FlagNames.DashboardWebSocket, """{"value": false}""");

        refused.ShouldBeProblem(409).GetProperty("detail").GetString()!.ShouldContain("must not both be off");
        server.Flags.GetBool(FlagNames.DashboardWebSocket).ShouldBeTrue();
    }

    [Fact]
    public async Task A_flag_of_your_own_is_made_by_putting_it_and_gone_when_it_is_reset()
    {
        await using var server = await TestServer.StartAsync();

        (await server.GetAsync("/api/flags/shop.banner")).ShouldBeProblem(404);
        var made = await server.PutFlagAsync("shop.banner", Banner);
        var listed = await server.GetAsync("/api/flags?for_clients=true&name=shop");
        var gone = await server.DeleteFlagAsync("shop.banner");

        made.Status.ShouldBe(200, made.Body);
        made.Json.GetProperty("rule").GetProperty("split")[0].GetProperty("percent").GetInt32().ShouldBe(100);
        listed.Json.GetProperty("items").EnumerateArray().ShouldHaveSingleItem().GetProperty("name").GetString().ShouldBe("shop.banner");
        gone.Status.ShouldBe(204);
        (await server.GetAsync("/api/flags/shop.banner")).ShouldBeProblem(404);
        (await server.DeleteFlagAsync("shop.banner")).ShouldBeProblem(404);
    }

    [Fact]
    public async Task A_page_learns_what_a_text_may_be_and_what_is_a_secret()
    {
        await using var server = await TestServer.StartAsync();

        var transport = await server.GetAsync("/api/flags/dashboard.transport");
        var postgres = await server.GetAsync("/api/flags/HOLDFAST_POSTGRES");

        transport.Json.GetProperty("choices").EnumerateArray().Select(choice => choice.GetString()).ShouldBe(["ws", "realtime"]);
        transport.Json.TryGetProperty("secret", out _).ShouldBeFalse();
        postgres.Json.GetProperty("secret").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task A_change_over_a_version_that_is_not_there_any_more_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var first = await server.PutFlagAsync("shop.banner", Banner, ifMatch: "\"0\"");
        var tag = first.Header("ETag").ShouldNotBeNull();
        (await server.PutFlagAsync("shop.banner", """{"value": "mine"}""", ifMatch: tag)).Status.ShouldBe(200);

        (await server.PutFlagAsync("shop.banner", """{"value": "theirs"}""", ifMatch: tag)).ShouldBeProblem(412);
        (await server.DeleteFlagAsync("shop.banner", ifMatch: tag)).ShouldBeProblem(412);
        (await server.PutFlagAsync("shop.banner", """{"value": "new"}""", ifMatch: "\"0\"")).ShouldBeProblem(412);
        (await server.PutFlagAsync("shop.banner", """{"value": "new"}""", ifMatch: "nonsense")).ShouldBeProblem(400);
        (await server.GetAsync("/api/flags/shop.banner")).Json.GetProperty("value").GetString().ShouldBe("mine");
    }

    [Fact]
    public async Task Every_change_is_in_the_history_and_in_the_audit_with_what_was_there_before()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutFlagAsync(FlagNames.BatchSize, """{"value": 250, "reason": "large rows"}""");
        await server.DeleteFlagAsync(FlagNames.BatchSize);

        var history = (await server.GetAsync($"/api/flags/audit?name={FlagNames.BatchSize}")).Json.GetProperty("items");
        var audit = await Deadline.EventuallyAsync(() => server.GetAsync("/api/audit"), answer => answer.Body.Contains("flag.reset", StringComparison.Ordinal));

        history.EnumerateArray().Select(note => note.GetProperty("action").GetString()).ShouldBe(["flag.reset", "flag.set"]);
        history[0].GetProperty("before").GetProperty("value").GetInt32().ShouldBe(250);
        history[0].GetProperty("reason").GetString().ShouldBe("done");
        (history[1].GetProperty("reason").GetString(), history[1].GetProperty("actor").GetString()).ShouldBe(("large rows", "local"));
        audit.Json.GetProperty("items").EnumerateArray().Select(entry => entry.GetProperty("audit_id").GetString())
            .ShouldBe(history.EnumerateArray().Select(note => note.GetProperty("audit_id").GetString()), ignoreOrder: true);
    }

    [Fact]
    public async Task A_killed_flag_gives_everybody_its_off_variant_until_it_is_revived()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutFlagAsync("shop.banner", Banner);

        var killed = await server.PostFlagAsync("shop.banner/kill", """{"reason": "it burns"}""");
        var off = await server.PostFlagAsync("shop.banner/explain", """{"context": {"targetingKey": "ada"}}""");
        await server.PostFlagAsync("shop.banner/revive");
        var on = await server.PostFlagAsync("shop.banner/explain", """{"context": {"targetingKey": "ada"}}""");

        killed.Status.ShouldBe(200, killed.Body);
        (off.Json.GetProperty("variant").GetString(), off.Json.GetProperty("reason").GetString()).ShouldBe(("none", "DISABLED"));
        (on.Json.GetProperty("variant").GetString(), on.Json.GetProperty("reason").GetString()).ShouldBe(("sale", "SPLIT"));
        on.Json.GetProperty("trace")[0].GetString()!.ShouldContain("bucket");
        (await server.PostFlagAsync($"{FlagNames.BatchSize}/kill")).ShouldBeProblem(409);
        (await server.PostFlagAsync("nothing/kill")).ShouldBeProblem(404);
    }

    [Fact]
    public async Task The_list_goes_on_where_the_last_page_ended()
    {
        await using var server = await TestServer.StartAsync();
        var names = new List<string>();
        string? cursor = "";
        while (cursor is not null)
        {
            var page = (await server.GetAsync($"/api/flags?limit=20{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}")).Json;
            names.AddRange(page.GetProperty("items").EnumerateArray().Select(flag => flag.GetProperty("name").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
        }

        names.ShouldBe(FlagSchema.Product.GetAll().Select(flag => flag.Name).Order(StringComparer.Ordinal));
        (await server.GetAsync("/api/flags?cursor=%21&limit=0&origin=nowhere")).ShouldBeProblem(400).GetProperty("errors").GetArrayLength().ShouldBe(3);
    }

    [Fact]
    public async Task The_status_shows_value_origin_and_what_each_lower_layer_says()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.BatchSize] = 70L });
        await server.PutFlagAsync(FlagNames.BatchSize, """{"value": 250}""");
        await server.PutFlagAsync("shop.banner", Banner);

        var status = (await server.GetAsync("/flags/status")).Json;

        status.GetProperty("status").GetString().ShouldBe("ok");
        var batch = status.GetProperty("flags").GetProperty(FlagNames.BatchSize);
        (batch.GetProperty("value").GetInt64(), batch.GetProperty("origin").GetString()).ShouldBe((250, "runtime"));
        var below = batch.GetProperty("below").EnumerateArray().ShouldHaveSingleItem();
        (below.GetProperty("value").GetInt64(), below.GetProperty("origin").GetString()).ShouldBe((70, "default"));
        status.GetProperty("flags").GetProperty("shop.banner").GetProperty("killed").GetBoolean().ShouldBeFalse();
        status.GetProperty("runtime").GetProperty("current").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Secrets_are_not_shown()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.CallbackSecret] = "do-not-tell" });

        foreach (var path in new[] { "/flags/status", "/health/flags", "/api/flags?limit=500", $"/api/flags/{FlagNames.CallbackSecret}" })
        {
            var answer = await server.GetAsync(path);
            answer.Status.ShouldBe(200);
            answer.Body.ShouldContain("***");
            answer.Body.ShouldNotContain("do-not-tell");
        }
    }

    [Fact]
    public async Task With_the_database_away_flags_are_read_nothing_is_changed_and_the_override_file_works()
    {
        using var data = new DataDirectory();
        await using (var before = await TestServer.StartAsync(data))
        {
            await before.PutFlagAsync("shop.banner", Banner);
        }

        await using var server = await TestServer.StartAsync(data, new Dictionary<string, object> { [FlagNames.Postgres] = "Host=127.0.0.1;Port=1;Database=none;Timeout=1" });

        var known = await server.EvaluateAsync("shop.banner", """{"context": {"targetingKey": "ada"}}""");
        var refused = await server.PostFlagAsync("shop.banner/kill");
        var health = (await server.GetAsync("/health/flags")).Json;
        await File.WriteAllTextAsync(Path.Combine(data.Path, "flags.override.json"), """{"shop.banner": "off by hand"}""", Deadline.Token());
        var killed = await Deadline.EventuallyAsync(
            () => server.EvaluateAsync("shop.banner", """{"context": {"targetingKey": "ada"}}"""), answer => answer.Json.GetProperty("value").GetString() == "off by hand");

        known.Json.GetProperty("value").GetString().ShouldBe("10 %");
        refused.ShouldBeProblem(503).GetProperty("detail").GetString()!.ShouldContain("flags.override.json");
        refused.ShouldSayWhenToComeBack();
        (health.GetProperty("health").GetString(), health.GetProperty("issues").GetArrayLength()).ShouldBe(("degraded", 1));
        killed.Json.GetProperty("reason").GetString().ShouldBe("STATIC");
        server.Errors.Take();
    }
}
