using System.Diagnostics;
using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Monitoring.Adapters;
using Holdfast.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Server.Tests.Broadcasting;

/// <summary>Publishing to a hosted project, whose place a web server takes that answers as a real one does on its worst days.</summary>
public sealed class SupabasePublisherTests
{
    private const string Key = "sb_secret_0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task Events_are_published_under_the_topic_with_the_key_and_counted_when_they_are_acknowledged()
    {
        await using var project = await TrialProject.StartAsync();
        await using var server = await StartAsync(project);

        await server.PostAsync(SomeEvents(300));
        await Deadline.EventuallyAsync(() => Task.FromResult(project.Accepted), accepted => accepted.Length >= 300);

        project.Accepted.ShouldBe(Enumerable.Range(1, 300).Select(n => (long)n));
        var request = project.Requests[0];
        request.Path.ShouldBe("/realtime/v1/api/broadcast");
        request.Headers["apikey"].ShouldBe(Key);
        request.Headers.ShouldNotContainKey("Authorization", "a key of the newer kind is no token");
        var message = project.Requests.SelectMany(one => one.Json.GetProperty("messages").EnumerateArray()).First();
        (message.GetProperty("topic").GetString(), message.GetProperty("event").GetString(), message.GetProperty("private").GetBoolean()).ShouldBe(("holdfast", "frames", false));
        message.GetProperty("payload").GetProperty("origin").GetString().ShouldBe("test-node");
        var supabase = await Deadline.EventuallyAsync(() => AdapterAsync(server), adapter => adapter.GetProperty("events").GetInt64() == 300);
        supabase.GetProperty("role").GetString().ShouldBe("primary");
        supabase.GetProperty("latency_p95_ms").GetDouble().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_key_that_is_a_token_is_shown_as_one_too()
    {
        await using var project = await TrialProject.StartAsync();
        await using var server = await StartAsync(project, key: "eyJhbGciOi.eyJyb2xlIjoi.c2lnbmF0dXJl");

        await server.PostAsync(SomeEvents(1));
        await Deadline.EventuallyAsync(() => Task.FromResult(project.Requests), requests => requests.Count > 0);

        project.Requests[0].Headers["Authorization"].ShouldBe("Bearer eyJhbGciOi.eyJyb2xlIjoi.c2lnbmF0dXJl");
    }

    [Fact]
    public async Task At_most_two_requests_go_out_in_a_second_with_everything_in_one_message()
    {
        await using var project = await TrialProject.StartAsync();
        await using var server = await StartAsync(project, sources: "host,runtime");

        await Deadline.EventuallyAsync(() => Task.FromResult(project.Requests), requests => requests.Count >= 6);

        var requests = project.Requests;
        // On a busy machine one may be noticed late, and the next one seems to come too soon after it; over all of them this is less than one period.
        Stopwatch.GetElapsedTime(requests[0].At, requests[^1].At).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(500 * (requests.Count - 2)));
        requests.ShouldAllBe(request => request.Json.GetProperty("messages").GetArrayLength() == 1);
        requests.ShouldAllBe(request => request.Frames.Count(frame => frame.Type == "t") <= 1);
        var types = requests.SelectMany(request => request.Frames).Select(frame => frame.Type).ToList();
        types.ShouldContain("t");
        types.ShouldContain("n");
        types.ShouldContain("k");
        types.IndexOf("n").ShouldBeLessThan(types.IndexOf("t"), "who watches has to know what the values mean");
    }

    [Fact]
    public async Task Throttled_it_waits_as_long_as_it_is_asked_to_and_sends_the_newest_values_then()
    {
        await using var project = await TrialProject.StartAsync();
        project.Say(429, "Too many requests", ("Retry-After", "2"), ("x-rate-limit", "100"), ("x-rate-limit-remaining", "0"), ("x-rate-rolling", "100"));
        await using var server = await StartAsync(project, sources: "host,runtime");
        await server.PostAsync(SomeEvents(5));
        await Deadline.EventuallyAsync(() => Task.FromResult(project.Requests), requests => requests.Count >= 2);
        project.Say(202);

        var accepted = (await Deadline.EventuallyAsync(() => Task.FromResult(project.Requests), requests => requests.Any(request => request.Status == 202)))
            .SkipWhile(request => request.Status != 202).First();

        var before = project.Requests.TakeWhile(request => request.Status != 202).Last();
        Stopwatch.GetElapsedTime(before.At, accepted.At).ShouldBeGreaterThan(TimeSpan.FromSeconds(1.9));
        accepted.Frames.Count(frame => frame.Type == "t").ShouldBe(1);
        accepted.Frames.Count(frame => frame.Type == "k").ShouldBe(1);
        (await Deadline.EventuallyAsync(() => Task.FromResult(project.Accepted), events => events.Contains(5))).ShouldBeUnique();
        (await server.GetAsync("/metrics")).Body.ShouldContain("holdfast_supabase_requests_total{outcome=\"throttled\"}");
    }

    [Fact]
    public async Task An_outage_leads_pages_back_to_the_websocket_and_nothing_is_lost_when_it_is_over()
    {
        await using var project = await TrialProject.StartAsync();
        await using var server = await StartAsync(project);
        await server.PostAsync(SomeEvents(1));
        await Deadline.EventuallyAsync(() => Task.FromResult(project.Accepted), accepted => accepted.Length >= 1);
        var before = await EffectiveAsync(server);
        project.Say(503, "Error connecting to Realtime");

        await server.PostAsync(SomeEvents(10));
        var meanwhile = await Deadline.EventuallyAsync(() => EffectiveAsync(server), effective => effective != "supabase");
        var status = await server.GetAsync("/status");
        project.Say(202);
        await Deadline.EventuallyAsync(() => Task.FromResult(project.Accepted), accepted => accepted.Contains(11));
        await Deadline.EventuallyAsync(() => EffectiveAsync(server), effective => effective == "supabase");

        (before, meanwhile).ShouldBe(("supabase", "websocket"));
        status.Body.ShouldContain("Broadcasts over \\u0027supabase\\u0027 do not arrive: The project cannot be reached: status 503. Pages use \\u0027websocket\\u0027.");
        project.Accepted.Distinct().Order().Take(11).ShouldBe(Enumerable.Range(1, 11).Select(n => (long)n));
    }

    [Fact]
    public async Task A_project_that_hangs_holds_up_nobody()
    {
        await using var project = await TrialProject.StartAsync();
        project.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        await using var server = await StartAsync(project);
        await using var watcher = await LiveClient.GreetedAsync(server);

        for (var i = 0; i < 20; i++)
        {
            (await server.PostAsync(SomeEvents(10))).Status.ShouldBe(202);
        }

        await watcher.UntilSequenceAsync(200);
        watcher.Sequences.ShouldBe(Enumerable.Range(1, 200).Select(n => (long)n));
    }

    [Fact]
    public async Task A_key_that_is_refused_is_said_and_not_tried_all_the_time()
    {
        await using var project = await TrialProject.StartAsync();
        project.Say(401, $"Unauthorized: {Key}");
        await using var server = await StartAsync(project);

        await server.PostAsync(SomeEvents(3));
        var adapter = await Deadline.EventuallyAsync(() => AdapterAsync(server), adapter => !adapter.GetProperty("healthy").GetBoolean());
        await server.PostAsync(SomeEvents(3));

        adapter.GetProperty("reason").GetString().ShouldBe("The project refuses the key or knows no such address (401).");
        (await EffectiveAsync(server)).ShouldBe("websocket");
        project.Requests.Count.ShouldBe(1);
        server.Errors.Take().ShouldHaveSingleItem().ShouldContain("Unauthorized: ***\"} Check SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY");
    }

    [Fact]
    public async Task The_key_follows_no_redirect()
    {
        await using var elsewhere = await TrialProject.StartAsync();
        await using var project = await TrialProject.StartAsync();
        project.Say(307, "", ("Location", $"{elsewhere.Address}realtime/v1/api/broadcast"));
        await using var server = await StartAsync(project);

        await server.PostAsync(SomeEvents(1));
        await Deadline.EventuallyAsync(() => Task.FromResult(project.Requests), requests => requests.Count > 0);
        await Deadline.EventuallyAsync(() => AdapterAsync(server), adapter => !adapter.GetProperty("healthy").GetBoolean());

        elsewhere.Requests.ShouldBeEmpty();
        server.Errors.Take().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_request_that_is_refused_for_what_it_is_stops_nothing_that_follows()
    {
        await using var project = await TrialProject.StartAsync();
        project.Say(422, "payload is invalid");
        await using var server = await StartAsync(project);
        await server.PostAsync(SomeEvents(3));
        await Deadline.EventuallyAsync(() => AdapterAsync(server), adapter => adapter.GetProperty("failed_events").GetInt64() == 3);
        project.Say(202);

        await server.PostAsync(SomeEvents(2));
        await Deadline.EventuallyAsync(() => Task.FromResult(project.Accepted), accepted => accepted.Length >= 2);

        project.Accepted.ShouldBe([4L, 5L]);
    }

    [Fact]
    public async Task As_the_second_adapter_it_is_sent_its_share_and_what_it_carries_is_compared()
    {
        await using var project = await TrialProject.StartAsync();
        await using var server = await StartAsync(project, more: new() { [FlagNames.AdapterType] = "dual", [FlagNames.RolloutSystemPercent] = 30.0, [FlagNames.RolloutDebugPercent] = 100.0 });
        await using var watcher = await LiveClient.GreetedAsync(server);

        await server.PostAsync(SomeEvents(400));
        await server.PostAsync("""{"event_type":"last","data":{},"category":"debug"}""");
        await watcher.UntilSequenceAsync(401);
        await Deadline.EventuallyAsync(() => Task.FromResult(project.Accepted), accepted => accepted.Contains(401));

        watcher.Sequences.Length.ShouldBe(401);
        project.Accepted.Length.ShouldBeInRange(401 * 20 / 100, 401 * 40 / 100);
        project.Accepted.ShouldBeUnique();
        var mismatches = await Deadline.EventuallyAsync(
            async () => (await server.GetAsync("/metrics/adapter")).Json.GetProperty("metrics").GetProperty("mismatches"),
            mismatches => mismatches.GetProperty("compared").GetInt64() == 2 * project.Accepted.Length);
        mismatches.GetProperty("total_mismatches").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task A_second_adapter_that_loses_events_is_shut_for_a_while()
    {
        await using var project = await TrialProject.StartAsync();
        project.Say(422, "payload is invalid");
        await using var server = await StartAsync(project, more: new() { [FlagNames.AdapterType] = "dual" });

        await server.PostAsync(SomeEvents(50));
        var metrics = (await Deadline.EventuallyAsync(() => server.GetAsync("/metrics/adapter"), answer => answer.Body.Contains("\"breaker\":\"open\"", StringComparison.Ordinal))).Json.GetProperty("metrics");

        metrics.GetProperty("adapters").GetProperty("supabase").GetProperty("breaker").GetString().ShouldBe("open");
        // How many were compared by then depends on how they came out of the spool.
        metrics.GetProperty("mismatches").GetProperty("mismatches_by_adapter").GetProperty("supabase").GetInt64().ShouldBePositive();
        server.Node.Parts.Resilience.Pipelines.GetBreaker("adapter_supabase")!.Snapshot().Transitions.Select(transition => transition.Reason)
            .ShouldContain("100.0 % of the system events that were compared differ.");
    }

    [Fact]
    public async Task Rows_are_inserted_into_a_table_too_where_one_is_named()
    {
        await using var project = await TrialProject.StartAsync();
        await using var server = await StartAsync(project, more: new() { [FlagNames.SupabaseTable] = "monitoring.monitoring_events" });

        await server.PostAsync("""{"event_type":"order.placed","data":{"a":1},"event_id":"0190a0a0-0000-7000-8000-000000000001"}""");
        var insert = (await Deadline.EventuallyAsync(() => Task.FromResult(project.Requests), requests => requests.Any(request => request.Path.StartsWith("/rest", StringComparison.Ordinal))))
            .Single(request => request.Path.StartsWith("/rest", StringComparison.Ordinal));

        insert.Path.ShouldBe("/rest/v1/monitoring_events?on_conflict=id");
        insert.Headers["Content-Profile"].ShouldBe("monitoring");
        insert.Headers["Prefer"].ShouldBe("resolution=ignore-duplicates,return=minimal");
        insert.Headers["apikey"].ShouldBe(Key);
        var row = insert.Json.EnumerateArray().ShouldHaveSingleItem();
        row.EnumerateObject().Select(column => column.Name).ShouldBe(["id", "event_type", "timestamp", "source", "data", "metadata", "category", "epoch", "sequence_id", "received_at"]);
        row.GetProperty("id").GetString().ShouldBe("0190a0a0-0000-7000-8000-000000000001");
        row.GetProperty("data").GetRawText().ShouldBe("""{"a":1}""");
        await Deadline.EventuallyAsync(() => server.GetAsync("/metrics"), answer => answer.Body.Contains("holdfast_supabase_table_rows_total{outcome=\"inserted\"} 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_table_that_is_missing_stops_no_broadcast()
    {
        await using var project = await TrialProject.StartAsync();
        project.Answer = context =>
        {
            context.Response.StatusCode = context.Request.Path.StartsWithSegments("/rest", StringComparison.Ordinal) ? StatusCodes.Status404NotFound : StatusCodes.Status202Accepted;
            return Task.CompletedTask;
        };
        await using var server = await StartAsync(project, more: new() { [FlagNames.SupabaseTable] = "nothing" });

        await server.PostAsync(SomeEvents(2));
        await Deadline.EventuallyAsync(() => Task.FromResult(project.Accepted), accepted => accepted.Length >= 2);
        await Deadline.EventuallyAsync(() => server.GetAsync("/metrics"), answer => answer.Body.Contains("holdfast_supabase_table_rows_total{outcome=\"dropped\"} 2", StringComparison.Ordinal));

        (await EffectiveAsync(server)).ShouldBe("supabase");
        server.Errors.Take().ShouldHaveSingleItem().ShouldContain("nothing");
    }

    [Fact]
    public async Task Rows_wait_for_a_key_that_may_write_them()
    {
        await using var project = await TrialProject.StartAsync();
        project.Answer = context =>
        {
            context.Response.StatusCode = context.Request.Path.StartsWithSegments("/rest", StringComparison.Ordinal) ? StatusCodes.Status401Unauthorized : StatusCodes.Status202Accepted;
            return Task.CompletedTask;
        };
        await using var server = await StartAsync(project, more: new() { [FlagNames.SupabaseTable] = "monitoring_events" });

        await server.PostAsync(SomeEvents(2));
        var errors = await Deadline.EventuallyAsync(() => Task.FromResult(server.Errors.Take()), errors => errors.Count > 0);

        errors[0].ShouldContain("401");
        (await server.GetAsync("/metrics")).Body.ShouldContain("holdfast_supabase_table_rows_total{outcome=\"dropped\"} 0");
    }

    [Fact]
    public async Task What_waits_is_published_before_the_process_leaves()
    {
        await using var project = await TrialProject.StartAsync();
        await using var server = await StartAsync(project);
        await server.PostAsync(SomeEvents(1));
        await Deadline.EventuallyAsync(() => Task.FromResult(project.Accepted), accepted => accepted.Length >= 1);

        await server.PostAsync(SomeEvents(1_000));
        await server.StopAsync();

        project.Accepted.Length.ShouldBe(1_001);
    }

    [Fact]
    public async Task An_address_without_a_key_does_not_start()
    {
        var fault = await Should.ThrowAsync<ConfigurationException>(
            () => TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.SupabaseUrl] = "https://ref.supabase.co" }));

        fault.Message.ShouldContain("SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY");
    }

    private static async Task<TestServer> StartAsync(TrialProject project, string key = Key, string sources = "", Dictionary<string, object>? more = null)
    {
        var settings = new Dictionary<string, object>(more ?? [])
        {
            [FlagNames.SupabaseUrl] = project.Address.ToString(),
            [FlagNames.SupabaseServiceRoleKey] = key,
            [FlagNames.Sources] = sources,
        };
        var server = await TestServer.StartAsync(settings: settings);
        await Deadline.EventuallyAsync(() => Task.FromResult(server.Node.Parts.Broadcast.Switch.Paths.Single(path => path.Name == AdapterNames.Supabase).ConnectionCount), connections => connections == 1);
        return server;
    }

    private static async Task<JsonElement> AdapterAsync(TestServer server) =>
        (await server.GetAsync("/metrics/adapter")).Json.GetProperty("metrics").GetProperty("adapters").GetProperty("supabase");

    private static async Task<string?> EffectiveAsync(TestServer server) => (await server.GetAsync("/status")).Json.GetProperty("status").GetProperty("adapter_effective").GetString();

    private static string SomeEvents(int count) =>
        $"[{string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"event_type":"order.placed","data":{"i":{{i}} } }"""))}]";
}
