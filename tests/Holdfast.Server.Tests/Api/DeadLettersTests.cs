using System.Text;
using System.Text.Json;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Api;

/// <summary>
/// Dead letters over HTTP, on the embedded store. An event type with a NUL character passes the intake and is refused by SQLite, which
/// would show it only up to the NUL.
/// </summary>
public sealed class DeadLettersTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task A_poisoned_row_sits_in_the_dead_letters_is_edited_and_replayed_while_its_neighbours_were_stored()
    {
        var rows = Enumerable.Range(0, 500).Select(i => i == 250 ? Poison("one.in.500") : $$$"""{"event_type":"one.in.500","data":{"n":{{{i}}}},"source":"e2e"}""");
        (await _server.PostAsync($"[{string.Join(",", rows)}]")).Status.ShouldBe(202);
        await _server.StoredAsync("event_type=one.in.500", 499);
        var letter = await LetterAsync("text=one.in.500");
        letter.GetProperty("failure_reason").GetString()!.ShouldContain("NUL");

        var edited = await EditAsync(Id(letter), """{"original_payload":{"event_type":"one.in.500","data":{"mended":true}},"reason":"a broken sensor"}""");
        var replayed = await PostAsync($"{Id(letter)}/replay");

        edited.Status.ShouldBe(200, edited.Body);
        edited.Json.GetProperty("original_payload").GetProperty("data").GetRawText().ShouldBe("""{"mended":true,"n":1}""");
        replayed.Status.ShouldBe(200, replayed.Body);
        replayed.Json.GetProperty("outcome").GetString().ShouldBe("recovered");
        replayed.Json.GetProperty("letter").GetProperty("status").GetString().ShouldBe("recovered");
        var stored = await _server.StoredAsync("event_type=one.in.500", 500);
        stored.ShouldContain(e => e.GetProperty("sequence_id").GetInt64() == letter.GetProperty("sequence_id").GetInt64()
                                  && e.GetProperty("event_id").GetString() == letter.GetProperty("original_payload").GetProperty("event_id").GetString());
        await _server.SettledLedgerAsync();
    }

    [Fact]
    public async Task The_old_payload_is_kept_in_the_audit()
    {
        var letter = await DeadLetterAsync("audited.edit");

        await EditAsync(Id(letter), """{"original_payload":{"event_type":"audited.edit"},"reason":"a broken sensor"}""");

        var entry = (await AuditAsync($"{Id(letter)}")).ShouldHaveSingleItem();
        entry.GetProperty("action").GetString().ShouldBe("dead_letter.edit");
        (entry.GetProperty("actor").GetString(), entry.GetProperty("reason").GetString()).ShouldBe(("local", "a broken sensor"));
        entry.GetProperty("details").GetProperty("before").GetProperty("event_type").GetString().ShouldBe("audited.edit\0");
        entry.GetProperty("details").GetProperty("after").GetProperty("event_type").GetString().ShouldBe("audited.edit");
    }

    [Fact]
    public async Task An_edit_is_judged_like_an_item_of_the_intake_and_every_fault_is_listed()
    {
        var letter = await DeadLetterAsync("judged.edit");

        var answer = await EditAsync(Id(letter), """{"original_payload":{"event_type":"","source":7,"data":[],"timestamp":"yesterday"}}""");

        answer.ShouldBeProblem(422).RulesAndFields().ShouldBe(
            ["event_type_format original_payload.event_type", "data_types original_payload.timestamp", "data_types original_payload.source", "data_types original_payload.data"],
            ignoreOrder: true);
        (await LetterAsync("text=judged.edit")).GetProperty("original_payload").GetRawText().ShouldBe(letter.GetProperty("original_payload").GetRawText());
    }

    [Fact]
    public async Task Of_two_people_who_edit_one_letter_the_second_learns_that_it_is_no_longer_what_he_read()
    {
        var letter = await DeadLetterAsync("edited.by.two");
        var read = await _server.GetAsync($"/api/dead-letters/{Id(letter)}");

        var first = await EditAsync(Id(letter), """{"original_payload":{"source":"first"}}""", read.Header("ETag"));
        var second = await EditAsync(Id(letter), """{"original_payload":{"source":"second"}}""", read.Header("ETag"));
        var again = await EditAsync(Id(letter), """{"original_payload":{"source":"second"}}""", second.Header("ETag"));

        (letter.GetProperty("version").GetInt32(), read.Header("ETag")).ShouldBe((1, "\"1\""));
        (first.Status, first.Header("ETag"), first.Json.GetProperty("version").GetInt32()).ShouldBe((200, "\"2\"", 2));
        var problem = second.ShouldBeProblem(412);
        problem.GetProperty("detail").GetString()!.ShouldContain("If-Match: \"2\"");
        problem.GetProperty("version").GetInt32().ShouldBe(2);
        again.Status.ShouldBe(200, again.Body);
        var audited = await Deadline.EventuallyAsync(() => AuditAsync($"{Id(letter)}"), entries => entries.Count == 2);
        audited.Select(entry => entry.GetProperty("details").GetProperty("after").GetProperty("source").GetString()).ShouldBe(["first", "second"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_attempt_meanwhile_makes_no_edit_stale()
    {
        var letter = await DeadLetterAsync("tried.meanwhile");
        await PostAsync($"{Id(letter)}/replay");

        var edited = await EditAsync(Id(letter), """{"original_payload":{"source":"me"}}""", "\"1\"");

        edited.Status.ShouldBe(200, edited.Body);
    }

    [Theory]
    [InlineData(null, 200)]
    [InlineData("*", 200)]
    [InlineData("\"1\"", 412)]
    [InlineData("\"2\"", 200)]
    [InlineData("\"1\", \"2\"", 200)]
    [InlineData("W/\"2\"", 412)]
    [InlineData("\"+2\"", 412)]
    [InlineData("\"not ours\"", 412)]
    [InlineData("2", 400)]
    [InlineData(",", 400)]
    public async Task If_match_is_read_as_http_has_it_and_without_one_whatever_is_there_is_edited(string? ifMatch, int status)
    {
        var letter = await DeadLetterAsync($"if.match.{Guid.NewGuid():N}");
        await EditAsync(Id(letter), """{"original_payload":{"source":"first"}}""");

        var answer = await EditAsync(Id(letter), """{"original_payload":{"source":"second"}}""", ifMatch);

        answer.Status.ShouldBe(status, answer.Body);
    }

    [Fact]
    public async Task What_is_wrong_anyway_is_told_before_that_it_is_stale()
    {
        var letter = await DeadLetterAsync("stale.and.wrong");
        await EditAsync(Id(letter), """{"original_payload":{"source":"first"}}""");

        (await EditAsync(Id(letter), """{"original_payload":{"source":7}}""", "\"1\"")).ShouldBeProblem(422);
        await PostAsync($"{Id(letter)}/discard");
        (await EditAsync(Id(letter), """{"original_payload":{"source":"second"}}""", "\"1\"")).ShouldBeProblem(409);
    }

    [Fact]
    public async Task A_replacement_keeps_the_id_unless_another_one_is_written()
    {
        var letter = await DeadLetterAsync("replaced.whole");

        var edited = await EditAsync(Id(letter), """{"original_payload":{"event_type":"replaced.whole","data":{}},"replace":true}""");

        var (before, after) = (letter.GetProperty("original_payload"), edited.Json.GetProperty("original_payload"));
        after.GetProperty("event_id").GetString().ShouldBe(before.GetProperty("event_id").GetString());
        after.GetProperty("source").GetString().ShouldBe("unknown");
    }

    [Fact]
    public async Task What_is_replayed_unmended_is_refused_again_and_a_person_may_go_beyond_the_limit()
    {
        var letter = await DeadLetterAsync("stays.bad");

        var answers = new List<Answer>();
        for (var attempt = 0; attempt < 6; attempt++)
        {
            answers.Add(await PostAsync($"{Id(letter)}/replay"));
        }

        answers.Select(answer => answer.Json.GetProperty("outcome").GetString()).ShouldBe(["refused", "refused", "refused", "refused", "failed", "failed"]);
        answers.Select(answer => answer.Json.GetProperty("limit_raised").GetBoolean()).ShouldBe([false, false, false, false, false, true]);
        var last = answers[^1].Json.GetProperty("letter");
        (last.GetProperty("retry_count").GetInt32(), last.GetProperty("max_retries").GetInt32(), last.GetProperty("status").GetString()).ShouldBe((6, 6, "failed"));
        var audited = await Deadline.EventuallyAsync(() => AuditAsync($"{Id(letter)}"), entries => entries.Count == 6);
        audited.Count(entry => entry.GetProperty("details").GetProperty("limit_raised").GetBoolean()).ShouldBe(1);
    }

    [Fact]
    public async Task A_discarded_letter_counts_as_discarded_and_is_done_with()
    {
        var letter = await DeadLetterAsync("given.up");

        var discarded = await PostAsync($"{Id(letter)}/discard", """{"reason":"nobody needs it"}""");
        var again = await PostAsync($"{Id(letter)}/discard");
        var replayed = await PostAsync($"{Id(letter)}/replay");
        var edited = await EditAsync(Id(letter), """{"original_payload":{"event_type":"given.up"}}""");

        discarded.Json.GetProperty("status").GetString().ShouldBe("discarded");
        again.ShouldBeProblem(409);
        replayed.ShouldBeProblem(409);
        edited.ShouldBeProblem(409);
        (await _server.SettledLedgerAsync()).GetProperty("discarded").GetInt64().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Many_are_replayed_or_discarded_by_filter_and_a_dry_run_only_counts()
    {
        await DeadLettersAsync("many.at.once", 5);

        var dry = await PostAsync("replay", """{"filter":{"text":"many.at.once"},"dry_run":true}""");
        var replayed = await PostAsync("replay", """{"filter":{"text":"many.at.once"},"limit":2}""");
        var discarded = await PostAsync("discard", """{"filter":{"text":"many.at.once"}}""");
        var rest = await PostAsync("discard", """{"filter":{"text":"many.at.once"}}""");

        dry.Json.GetRawText().ShouldBe("""{"dry_run":true,"matched":5,"recovered":0,"refused":0,"failed":0,"discarded":0,"skipped":0}""");
        replayed.Json.GetRawText().ShouldBe("""{"dry_run":false,"matched":2,"recovered":0,"refused":2,"failed":0,"discarded":0,"skipped":0}""");
        discarded.Json.GetRawText().ShouldBe("""{"dry_run":false,"matched":5,"recovered":0,"refused":0,"failed":0,"discarded":5,"skipped":0}""");
        rest.Json.GetProperty("matched").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task A_list_goes_page_by_page_and_an_export_has_a_line_for_each()
    {
        await DeadLettersAsync("page.by.page", 7);

        var ids = new List<long>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await _server.GetAsync($"/api/dead-letters?text=page.by.page&limit=3{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}")).Json;
            ids.AddRange(page.GetProperty("items").EnumerateArray().Select(Id));
            cursor = page.GetProperty("next_cursor").GetString();
        }

        var export = await _server.GetAsync("/api/dead-letters/export?text=page.by.page");
        export.ContentType.ShouldBe("application/x-ndjson; charset=utf-8");
        export.ContentHeaders.ContentDisposition!.ToString().ShouldStartWith("attachment; filename=");
        var lines = export.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        ids.Count.ShouldBe(7);
        lines.Select(Id).ShouldBe(ids);
    }

    [Fact]
    public async Task Letters_with_the_same_cause_are_a_group()
    {
        await DeadLettersAsync("same.cause", 3);

        var groups = (await _server.GetAsync("/api/dead-letters/groups?text=same.cause")).Json;

        var group = groups.GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        group.GetProperty("count").GetInt32().ShouldBe(3);
        (await _server.GetAsync($"/api/dead-letters?fingerprint={group.GetProperty("fingerprint").GetString()}&text=same.cause")).Json.GetProperty("items").GetArrayLength().ShouldBe(3);
        groups.GetProperty("totals").GetProperty("pending").GetInt32().ShouldBeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public async Task A_purge_deletes_for_good()
    {
        var letter = await DeadLetterAsync("purged.away");
        await PostAsync($"{Id(letter)}/discard");

        var young = await PostAsync("purge", """{"older_than_days":1}""");
        var dry = (await PostAsync("purge", """{"older_than_days":0,"status":"discarded","dry_run":true}""")).Json;
        var still = await _server.GetAsync($"/api/dead-letters/{Id(letter)}");
        var purged = (await PostAsync("purge", """{"older_than_days":0,"status":"discarded"}""")).Json;

        young.Json.GetRawText().ShouldBe("""{"dry_run":false,"purged":0,"rows_discarded":0}""");
        dry.GetProperty("matched").GetInt64().ShouldBeGreaterThan(0);
        (dry.GetProperty("by_status").GetProperty("discarded").GetInt64(), dry.GetProperty("rows_owed").GetInt64()).ShouldBe((dry.GetProperty("matched").GetInt64(), 0));
        still.Status.ShouldBe(200);
        purged.GetProperty("purged").GetInt64().ShouldBe(dry.GetProperty("matched").GetInt64());
        (await _server.GetAsync($"/api/dead-letters/{Id(letter)}")).ShouldBeProblem(404);
    }

    [Fact]
    public async Task One_letter_is_shown_with_its_bytes()
    {
        var letter = await DeadLetterAsync("with.bytes");

        var whole = (await _server.GetAsync($"/api/dead-letters/{Id(letter)}")).Json;

        whole.GetProperty("payload_bytes").GetBytesFromBase64().Length.ShouldBe(whole.GetProperty("size_bytes").GetInt32());
        Encoding.UTF8.GetString(whole.GetProperty("payload_bytes").GetBytesFromBase64()).ShouldContain("with.bytes");
    }

    [Theory]
    [InlineData("GET", "", "?status=odd&kind=x&since=never&cursor=!&limit=0&nonsense=1", "", 400)]
    [InlineData("GET", "/17000", "", "", 404)]
    [InlineData("GET", "/x", "", "", 404)]
    [InlineData("GET", "/groups", "?limit=9999", "", 400)]
    [InlineData("GET", "/export", "?nonsense=1", "", 400)]
    [InlineData("PATCH", "/17000", "", """{"original_payload":{}}""", 404)]
    [InlineData("PATCH", "/17000", "", "", 400)]
    [InlineData("PATCH", "/17000", "", """{"original_payload":[],"replace":1,"reason":7,"odd":1}""", 400)]
    [InlineData("PATCH", "/17000", "", """{"original_payload":{},"original_payload":{}}""", 400)]
    [InlineData("POST", "/17000/replay", "", "", 404)]
    [InlineData("POST", "/17000/discard", "", "[]", 400)]
    [InlineData("POST", "/replay", "", "", 400)]
    [InlineData("POST", "/replay", "", """{"filter":{"status":"odd","x":1},"limit":10001}""", 400)]
    [InlineData("POST", "/discard", "", """{"filter":7}""", 400)]
    [InlineData("POST", "/purge", "", "{}", 400)]
    [InlineData("POST", "/purge", "", """{"older_than_days":-1,"status":"odd"}""", 400)]
    public async Task What_is_wrong_is_a_problem(string method, string path, string query, string body, int status)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), $"/api/dead-letters{path}{query}");
        request.Content = method == "GET" ? null : new StringContent(body, Encoding.UTF8, "application/json");

        var problem = (await _server.SendAsync(request)).ShouldBeProblem(status);

        if (status == 400)
        {
            problem.RulesAndFields().ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task Every_number_of_the_dead_letters_is_in_the_resilience_metrics()
    {
        var letter = await DeadLetterAsync("in.the.metrics");
        await PostAsync($"{Id(letter)}/replay");

        var block = (await _server.GetAsync("/metrics/resilience")).Json.GetProperty("dead_letters");

        block.GetProperty("since_start").GetProperty("replayed").GetInt64().ShouldBeGreaterThan(0);
        block.GetProperty("since_start").GetProperty("stored").GetInt64().ShouldBeGreaterThan(0);
        block.GetProperty("letters").EnumerateObject().Select(member => member.Name).ShouldBe(["pending", "retrying", "recovered", "failed", "discarded", "size_bytes"]);
    }

    private static string Poison(string type) => $$$"""{"event_type":"{{{type}}}\u0000","data":{"n":1}}""";

    private static long Id(JsonElement letter) => letter.GetProperty("id").GetInt64();

    private Task<Answer> PostAsync(string path, string body = "") => _server.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, $"/api/dead-letters/{path}") { Content = new StringContent(body, Encoding.UTF8, "application/json") });

    private Task<Answer> EditAsync(long id, string body, string? ifMatch = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/dead-letters/{id}") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        return _server.SendAsync(request);
    }

    private async Task<JsonElement> DeadLetterAsync(string type)
    {
        await DeadLettersAsync(type, 1);
        return await LetterAsync($"text={type}");
    }

    private async Task DeadLettersAsync(string type, int count)
    {
        (await _server.PostAsync($"[{string.Join(",", Enumerable.Repeat(Poison(type), count))}]")).Status.ShouldBe(202);
        await Deadline.EventuallyAsync(
            () => _server.GetAsync($"/api/dead-letters?text={type}"), answer => answer.Status == 200 && answer.Json.GetProperty("items").GetArrayLength() == count);
    }

    private async Task<JsonElement> LetterAsync(string query)
    {
        var answer = await Deadline.EventuallyAsync(
            () => _server.GetAsync($"/api/dead-letters?{query}"), answer => answer.Status == 200 && answer.Json.GetProperty("items").GetArrayLength() > 0);
        return answer.Json.GetProperty("items")[0];
    }

    private async Task<IReadOnlyList<JsonElement>> AuditAsync(string target) =>
        [.. (await _server.GetAsync("/api/audit?limit=500")).Json.GetProperty("items").EnumerateArray().Where(entry => entry.GetProperty("target").GetString() == target)];
}
