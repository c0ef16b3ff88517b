using System.Text;
using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Retries;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.Api;

/// <summary>The queue of failed operations over HTTP, on the embedded store, with the server's own workers.</summary>
public sealed class RetriesTests : IAsyncLifetime
{
    private readonly TrialHandler _handler = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(
        settings: new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [FlagNames.RetryPolicies] = JsonElement.Parse("""{"trial": {"initial_delay_seconds": 0, "break_after_failures": 0}}"""),
            [FlagNames.RetryExternalTypes] = "later",
        },
        services: services => services.AddSingleton<IRetryHandler>(_handler));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_operation_that_fails_twice_is_executed_a_third_time_by_itself()
    {
        var id = await EnqueueAsync("""{"operation_type": "trial", "target": "till 3", "payload": {"fail": 2}}""");

        var item = await ItemAsync(id, "completed");

        (item.GetProperty("attempt").GetInt32(), item.GetProperty("target").GetString()).ShouldBe((3, "till 3"));
        Events(item).ShouldBe(["created", "retried", "retried", "completed"]);
        item.GetProperty("history")[1].GetProperty("message").GetString()!.ShouldContain("The target said no to attempt 1.");
        _handler.Done.ShouldHaveSingleItem().ShouldBe(id);
    }

    [Fact]
    public async Task One_whose_attempts_are_used_up_waits_for_a_person_who_mends_it_and_puts_it_back()
    {
        var id = await EnqueueAsync("""{"operation_type": "trial", "payload": {"fail": 9}, "max_retries": 2}""");
        var dead = await ItemAsync(id, "dead_letter");

        var edited = await SendAsync(HttpMethod.Patch, $"{id}", """{"payload": {"mended": true}, "reason": "a broken till"}""", ifMatch: "\"1\"");
        var requeued = await SendAsync(HttpMethod.Post, $"{id}/requeue");
        var done = await ItemAsync(id, "completed");

        dead.GetProperty("attempt").GetInt32().ShouldBe(2);
        edited.Status.ShouldBe(200, edited.Body);
        requeued.Status.ShouldBe(200, requeued.Body);
        done.GetProperty("payload").GetRawText().ShouldBe("""{"mended":true}""");
        Events(done).ShouldBe(["created", "retried", "dead_lettered", "edited", "requeued", "completed"]);
        (await AuditAsync(id)).ShouldBe(["retry.requeue", "retry.edit"]);
    }

    [Fact]
    public async Task Dead_letters_are_counted_grouped_by_cause_and_told_as_alerts()
    {
        var ids = await EnqueueManyAsync("""[{"operation_type": "trial", "payload": {"give_up": true}}, {"operation_type": "trial", "payload": {"give_up": true}}]""");
        foreach (var id in ids)
        {
            await ItemAsync(id, "dead_letter");
        }

        var group = (await GetAsync("groups")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        var alerts = (await GetAsync("alerts")).GetProperty("items").EnumerateArray().ToList();
        var stats = await GetAsync("stats");

        (group.GetProperty("count").GetInt32(), group.GetProperty("message").GetString()).ShouldBe((2, "nobody wants it"));
        alerts.Select(alert => alert.GetProperty("alert_reason").GetString()).ShouldBe(Enumerable.Repeat(RetryAlertReasons.DeadLetter, 2));
        stats.GetProperty("totals").GetProperty("dead_letter").GetInt32().ShouldBe(2);
        (await GetAsync($"?fingerprint={group.GetProperty("fingerprint").GetString()}&q=give_up")).GetProperty("items").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task A_type_that_nobody_here_can_execute_is_told_as_one_alert_and_its_items_are_left_alone()
    {
        var ids = await EnqueueManyAsync($"[{string.Join(',', Enumerable.Repeat("""{"operation_type": "later"}""", 300))}]");
        await ItemAsync(await EnqueueAsync("""{"operation_type": "trial"}"""), "completed");

        var alert = (await GetAsync("alerts")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem();

        alert.GetProperty("alert_reason").GetString().ShouldBe(RetryAlertReasons.NoHandler);
        alert.GetProperty("id").ValueKind.ShouldBe(JsonValueKind.Null);
        alert.GetProperty("detail").GetString().ShouldBe("later: 300 waiting, and no handler in this process, which alone has this queue. Add one for this type, or cancel them.");
        Events(await ItemAsync(ids[0], "pending")).ShouldBe(["created"]);
    }

    [Fact]
    public async Task The_command_line_tells_such_a_type_in_full_and_exits_with_1()
    {
        await EnqueueAsync("""{"operation_type": "later"}""");

        var run = await CliProcess.RunAsync(_server.Address, "retries", "alerts");

        run.ExitCode.ShouldBe(1, run.Error);
        Column(run, 2).ShouldContain(RetryAlertReasons.NoHandler);
        Column(run, 4).ShouldContain("later: 1 waiting, and no handler in this process, which alone has this queue. Add one for this type, or cancel them.");
    }

    [Fact]
    public async Task An_alert_about_a_type_ends_with_its_items()
    {
        var id = await EnqueueAsync("""{"operation_type": "later"}""");
        (await GetAsync("alerts")).GetProperty("items").GetArrayLength().ShouldBe(1);

        await SendAsync(HttpMethod.Post, $"{id}/cancel");

        (await GetAsync("alerts")).GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task The_same_failure_does_not_become_two_items()
    {
        var answer = await PostAsync("""
            [{"operation_type": "later", "correlation_id": "order 17"}, {"operation_type": "later", "correlation_id": "order 17"}]
            """);

        var items = answer.Json.GetProperty("items").EnumerateArray().ToList();
        items.Select(item => item.GetProperty("status").GetString()).ShouldBe(["created", "duplicate"]);
        items[1].GetProperty("id").GetGuid().ShouldBe(items[0].GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Every_fault_of_every_item_is_told_and_nothing_is_taken()
    {
        var answer = await PostAsync("""
            [{"operation_type": "trial"}, {"operation_type": "trial", "priority": 11, "wait": 1, "payload": "a\u0000"}, {"operation_type": "trial", "max_retries": 0, "delay_seconds": -1}]
            """);

        answer.ShouldBeProblem(400).RulesAndFields().Select(both => both.Split(' ')[1]).ShouldBe(
            ["[1].wait", "[1].payload", "[1].priority", "[2].max_retries", "[2].delay_seconds"], ignoreOrder: true);
        (await GetAsync("")).GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("sql_operation")]
    [InlineData("unheard_of")]
    public async Task What_nobody_allowed_from_outside_is_refused(string operationType) =>
        (await PostAsync($$"""[{"operation_type": "trial"}, {"operation_type": "{{operationType}}"}]""")).ShouldBeProblem(403).GetRawText().ShouldContain(operationType);

    [Theory]
    [InlineData("""{"operation_type": "\ud800"}""")]
    [InlineData("""{"\ud800": 1}""")]
    [InlineData("""{"operation_type": "trial", "tags": ["\udc00"]}""")]
    public async Task What_is_no_text_is_refused_and_nothing_breaks(string body) =>
        (await PostAsync(body)).ShouldBeProblem(400).RulesAndFields().ShouldHaveSingleItem().ShouldBe("json body");

    [Fact]
    public async Task More_than_one_call_may_bring_is_refused_as_a_whole()
    {
        var tooMany = await PostAsync($"[{string.Join(',', Enumerable.Repeat("""{"operation_type":"later"}""", 10_001))}]");
        var tooLarge = await PostAsync($$"""{"operation_type": "later", "payload": "{{new string('a', 1 << 20)}}"}""");

        tooMany.ShouldBeProblem(400).RulesAndFields().ShouldHaveSingleItem().ShouldBe("json body");
        tooLarge.ShouldBeProblem(400).RulesAndFields().ShouldHaveSingleItem().ShouldBe("retry payload");
        (await GetAsync("")).GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task An_item_that_is_being_processed_is_not_put_back_and_goes_on()
    {
        var id = await EnqueueAsync("""{"operation_type": "trial", "payload": {"hold": true}}""");
        await ItemAsync(id, "processing");

        var requeued = await SendAsync(HttpMethod.Post, $"{id}/requeue");
        _handler.LetGo();
        var done = await ItemAsync(id, "completed");

        requeued.ShouldBeProblem(409).GetProperty("detail").GetString().ShouldBe("It is processing.");
        Events(done).ShouldBe(["created", "completed"]);
    }

    [Theory]
    [InlineData("""{"reason": "\ud800"}""", "json body")]
    [InlineData("""{"reason": "a\u0000b"}""", "data_types reason")]
    public async Task A_reason_that_nobody_could_write_down_is_refused(string body, string fault)
    {
        var id = await EnqueueAsync("""{"operation_type": "later", "delay_seconds": 3600}""");

        var answer = await SendAsync(HttpMethod.Post, $"{id}/dead-letter", body);

        answer.ShouldBeProblem(400).RulesAndFields().ShouldHaveSingleItem().ShouldBe(fault);
        (await ItemAsync(id, "pending")).GetProperty("attempt").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task An_item_is_cancelled_once_and_can_be_put_back()
    {
        var id = await EnqueueAsync("""{"operation_type": "later", "delay_seconds": 3600}""");

        var cancelled = await SendAsync(HttpMethod.Post, $"{id}/cancel", """{"reason": "sold out"}""");
        var again = await SendAsync(HttpMethod.Post, $"{id}/cancel");
        var requeued = await SendAsync(HttpMethod.Post, $"{id}/requeue");
        var twice = await SendAsync(HttpMethod.Post, $"{id}/requeue");

        cancelled.Json.GetProperty("status").GetString().ShouldBe("cancelled");
        again.ShouldBeProblem(409).GetProperty("detail").GetString().ShouldBe("It is cancelled.");
        requeued.Json.GetProperty("status").GetString().ShouldBe("pending");
        twice.ShouldBeProblem(409);
        (await AuditAsync(id)).ShouldBe(["retry.requeue", "retry.cancel"]);
    }

    [Fact]
    public async Task Nobodys_edit_is_overwritten_unseen()
    {
        var id = await EnqueueAsync("""{"operation_type": "later", "delay_seconds": 3600}""");
        var first = await SendAsync(HttpMethod.Patch, $"{id}", """{"payload": 1}""", ifMatch: "\"1\"");

        var late = await SendAsync(HttpMethod.Patch, $"{id}", """{"payload": 2}""", ifMatch: "\"1\"");

        first.Status.ShouldBe(200, first.Body);
        late.ShouldBeProblem(412).GetProperty("version").GetInt32().ShouldBe(2);
        (await ItemAsync(id, "pending")).GetProperty("payload").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_without_gap_or_repeat()
    {
        await EnqueueManyAsync($"[{string.Join(',', Enumerable.Repeat("""{"operation_type": "later", "delay_seconds": 3600}""", 25))}]");
        var seen = new List<Guid>();
        string? cursor = "";
        while (cursor is not null)
        {
            var page = await GetAsync($"?limit=10{(cursor.Length == 0 ? "" : "&cursor=" + cursor)}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid()));
            cursor = page.GetProperty("next_cursor").GetString();
        }

        seen.Distinct().Count().ShouldBe(25);
        seen.Count.ShouldBe(25);
    }

    [Theory]
    [InlineData("status=sleeping", "status")]
    [InlineData("cursor=x", "cursor")]
    [InlineData("status=pending&q=a", "q")]
    [InlineData("nonsense=1", "nonsense")]
    public async Task A_query_that_makes_no_sense_is_refused_with_the_name_of_what(string query, string field) =>
        (await _server.GetAsync($"/api/retries?{query}")).ShouldBeProblem(400).RulesAndFields().ShouldHaveSingleItem().ShouldEndWith(" " + field);

    [Theory]
    [InlineData("0195b9a0-1111-7000-8000-000000000001")]
    [InlineData("17")]
    public async Task There_is_no_such_retry(string id)
    {
        (await _server.GetAsync($"/api/retries/{id}")).ShouldBeProblem(404);
        (await SendAsync(HttpMethod.Post, $"{id}/cancel")).ShouldBeProblem(404);
        (await SendAsync(HttpMethod.Post, $"{id}/requeue")).ShouldBeProblem(404);
    }

    /// <summary>A column of the table, in which long texts have several lines.</summary>
    private static string Column(CliRun run, int column) =>
        string.Join(' ', run.Output.Split('\n').Select(line => line.Split('│')).Where(cells => cells.Length == 6).Select(cells => cells[column].Trim()).Where(text => text.Length > 0));

    private async Task<Guid> EnqueueAsync(string draft) => (await EnqueueManyAsync(draft)).ShouldHaveSingleItem();

    private async Task<IReadOnlyList<Guid>> EnqueueManyAsync(string drafts)
    {
        var answer = await PostAsync(drafts);
        answer.Status.ShouldBe(202, answer.Body);
        return [.. answer.Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid())];
    }

    private Task<Answer> PostAsync(string body) => SendAsync(HttpMethod.Post, "", body);

    private Task<Answer> SendAsync(HttpMethod method, string path, string body = "", string? ifMatch = null)
    {
        var request = new HttpRequestMessage(method, $"/api/retries/{path}".TrimEnd('/')) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (ifMatch is not null)
        {
            request.Headers.IfMatch.ParseAdd(ifMatch);
        }

        return _server.SendAsync(request);
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        var answer = await _server.GetAsync(path.StartsWith('?') ? $"/api/retries{path}" : $"/api/retries/{path}".TrimEnd('/'));
        answer.Status.ShouldBe(200, answer.Body);
        return answer.Json;
    }

    private async Task<JsonElement> ItemAsync(Guid id, string status) => (await Deadline.EventuallyAsync(
        () => _server.GetAsync($"/api/retries/{id}"),
        answer => answer.Status == 200 && answer.Json.GetProperty("status").GetString() == status)).Json;

    private async Task<IEnumerable<string>> AuditAsync(Guid id)
    {
        var entries = await Deadline.EventuallyAsync(
            async () => (await _server.GetAsync("/api/audit")).Json.GetProperty("items").EnumerateArray().Where(entry => entry.GetProperty("target").GetString() == $"{id}").ToList(),
            found => found.Count >= 2);
        return entries.Select(entry => entry.GetProperty("action").GetString()!);
    }

    private static IEnumerable<string> Events(JsonElement item) => item.GetProperty("history").EnumerateArray().Select(entry => entry.GetProperty("event").GetString()!);
}
