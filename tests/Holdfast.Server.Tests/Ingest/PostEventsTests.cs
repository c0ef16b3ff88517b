using System.Text;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Ingest;

public sealed class PostEventsTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly string Yesterday = TimeProvider.System.GetUtcNow().AddDays(-1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task One_object_is_accepted_and_can_be_read_back_as_it_was_sent()
    {
        var answer = await _server.PostAsync(
            """
            {"event_type":"single.sent","data":{"b":1,"a":{"text":"Grüße 🐢"}},"timestamp":"2026-01-01T00:00:00Z","source":"till-7",
             "metadata":{"correlation_id":"c-1"},"category":"critical","event_id":"0198c0de-0000-7000-8000-000000000001"}
            """.Replace("2026-01-01T00:00:00Z", Yesterday));

        answer.Status.ShouldBe(202, answer.Body);
        ShouldSay(answer, accepted: 1);
        var stored = (await _server.StoredAsync("event_type=single.sent", 1)).ShouldHaveSingleItem();
        stored.GetProperty("event_id").GetGuid().ShouldBe(new Guid("0198c0de-0000-7000-8000-000000000001"));
        stored.GetProperty("timestamp").GetDateTimeOffset().ShouldBe(DateTimeOffset.Parse(Yesterday));
        stored.GetProperty("source").GetString().ShouldBe("till-7");
        stored.GetProperty("category").GetString().ShouldBe("critical");
        stored.GetProperty("data").GetProperty("a").GetProperty("text").GetString().ShouldBe("Grüße 🐢");
        stored.GetProperty("metadata").GetProperty("correlation_id").GetString().ShouldBe("c-1");
        stored.GetProperty("metadata").GetProperty("checksum").GetString()!.ShouldStartWith("crc32c:");
    }

    [Fact]
    public async Task What_an_event_does_not_say_is_filled_in()
    {
        var before = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());

        (await _server.PostAsync("""{"event_type":"defaults.sent","data":{}}""")).Status.ShouldBe(202);

        var stored = (await _server.StoredAsync("event_type=defaults.sent", 1)).ShouldHaveSingleItem();
        stored.GetProperty("source").GetString().ShouldBe("unknown");
        stored.GetProperty("event_id").GetGuid().Version.ShouldBe(7);
        stored.GetProperty("timestamp").GetDateTimeOffset().ShouldBeGreaterThanOrEqualTo(before);
        stored.GetProperty("category").GetString().ShouldNotBeNullOrEmpty();
        stored.GetProperty("sequence_id").GetInt64().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task All_objects_of_an_array_are_stored_once()
    {
        var answer = await _server.PostAsync(SomeEvents.Many("array.sent", from: 1, count: 120));

        ShouldSay(answer, accepted: 120);
        var stored = await _server.StoredAsync("event_type=array.sent", 120);
        stored.Select(SomeEvents.Number).Order().ShouldBe(Enumerable.Range(1, 120));
    }

    [Fact]
    public async Task Lines_of_ndjson_are_events_and_a_broken_line_costs_only_itself()
    {
        var body = $"{SomeEvents.One("lines.sent", 1)}\r\n\n{{\"event_type\":\n[1]\n{SomeEvents.One("lines.sent", 2)}";

        var answer = await _server.PostAsync(body, "application/x-ndjson");

        ShouldSay(answer, accepted: 2);
        Rejected(answer).ShouldBe(["1: json event", "2: data_types event"]);
        (await _server.StoredAsync("event_type=lines.sent", 2)).Select(SomeEvents.Number).Order().ShouldBe([1, 2]);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json;charset=\"UTF-8\"")]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/x-ndjson; charset=utf-8")]
    public async Task Utf8_may_be_said(string contentType) =>
        ShouldSay(await _server.PostAsync(SomeEvents.One("charset.sent"), contentType), accepted: 1);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("text/plain")]
    [InlineData("text/json")]
    [InlineData("application/json-patch+json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=iso-8859-1")]
    public async Task Another_content_type_is_refused_with_those_that_are_accepted(string? contentType)
    {
        var answer = await _server.PostAsync(SomeEvents.One("type.refused"), contentType);

        answer.ShouldBeProblem(415).GetProperty("detail").GetString()!.ShouldContain("application/x-ndjson");
        answer.Header("Accept").ShouldBe("application/json, application/x-ndjson");
    }

    [Theory]
    [InlineData("gzip", 415)]
    [InlineData("br", 415)]
    [InlineData("identity", 202)]
    public async Task A_coded_body_is_refused_and_a_plain_one_is_not(string coding, int status)
    {
        var content = new StringContent(SomeEvents.One("coded.sent"), Encoding.UTF8, "application/json");
        content.Headers.ContentEncoding.Add(coding);

        var answer = await _server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/events") { Content = content });

        answer.Status.ShouldBe(status, answer.Body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   \r\n ")]
    [InlineData("nonsense")]
    [InlineData("{")]
    [InlineData("""{"event_type":"cut.off","data":{}""")]
    [InlineData("""[{"event_type":"cut.off","data":{}},{"event_type":"cut""")]
    [InlineData("""[{"event_type":"cut.off","data":{}},""")]
    [InlineData("""[{"event_type":"cut.off","data":{}}] and more""")]
    [InlineData("""{"event_type":"cut.off","data":{}}{"event_type":"cut.off","data":{}}""")]
    [InlineData("""{"event_type":"cut.off","data":{},}""")]
    [InlineData("""{'event_type':'cut.off'}""")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("NaN")]
    public async Task A_body_that_cannot_be_read_is_a_problem_and_stores_nothing(string body)
    {
        var answer = await _server.PostAsync(body);

        answer.ShouldBeProblem(400).GetProperty("detail").GetString().ShouldNotBeNullOrWhiteSpace();
        (await _server.GetAsync("/api/events?event_type=cut.off")).Json.GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_reject_their_item_and_spare_the_others()
    {
        byte[] bad = [.. "[{\"event_type\":\"utf8.sent\",\"data\":{\"n\":1}},{\"event_type\":\"utf8.sent\",\"data\":{\"text\":\""u8, 0xC3, 0x28, .. "\"}}]"u8];

        var answer = await _server.PostAsync(bad);

        ShouldSay(answer, accepted: 1);
        Rejected(answer).ShouldHaveSingleItem().ShouldStartWith("1: json ");
        SomeEvents.Number((await _server.StoredAsync("event_type=utf8.sent", 1)).ShouldHaveSingleItem()).ShouldBe(1);
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_fault()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(SomeEvents.One("bom.sent"))];

        ShouldSay(await _server.PostAsync(body), accepted: 1);
    }

    public static TheoryData<string, string> BadItems => new()
    {
        { "{}", "required_fields event_type, required_fields data" },
        { """{"event_type":"x.y"}""", "required_fields data" },
        { """{"event_type":1,"data":{}}""", "data_types event_type" },
        { """{"event_type":"","data":{}}""", "event_type_format event_type" },
        { """{"event_type":"  ","data":{}}""", "event_type_format event_type" },
        { $$"""{"event_type":"{{new string('x', 51)}}","data":{} }""", "event_type_format event_type" },
        { """{"event_type":"x.y","data":[]}""", "data_types data" },
        { """{"event_type":"x.y","data":"text"}""", "data_types data" },
        { $$"""{"event_type":"x.y","data":{"deep":{{new string('[', 40)}}{{new string(']', 40)}} } }""", "depth data" },
        { $$"""{"event_type":"x.y","data":{},"source":"{{new string('s', 101)}}"}""", "source_format source" },
        { """{"event_type":"x.y","data":{},"source":7}""", "data_types source" },
        { """{"event_type":"x.y","data":{},"metadata":"m"}""", "data_types metadata" },
        { """{"event_type":"x.y","data":{},"category":"urgent"}""", "data_types category" },
        { """{"event_type":"x.y","data":{},"event_id":"17"}""", "data_types event_id" },
        { """{"event_type":"x.y","data":{},"timestamp":"yesterday"}""", "data_types timestamp" },
        { """{"event_type":"x.y","data":{},"timestamp":true}""", "data_types timestamp" },
        { """{"event_type":"x.y","data":{},"timestamp":"1999-01-01T00:00:00Z"}""", "timestamp_range timestamp" },
        { """{"event_type":"x.y","data":{},"timestamp":"9999-12-31T23:59:59Z"}""", "timestamp_range timestamp" },
        { """{"event_type":"x.y","data":{},"timestamp":1}""", "timestamp_range timestamp" },
        { """{"event_type":"x.y","data":{},"timestamp":1e300}""", "data_types timestamp" },
        { """{"event_type":"x.y","data":{"a":"\ud800"}}""", "json data" },
        { """{"event_type":"x.y","data":{},"metadata":{"checksum":"crc32c:00000000"}}""", "checksum metadata.checksum" },
        { """{"event_type":7,"data":8,"timestamp":"x","source":9}""", "data_types event_type, data_types timestamp, data_types source, data_types data" },
        { "17", "data_types event" },
        { "null", "data_types event" },
    };

    [Theory]
    [MemberData(nameof(BadItems))]
    public async Task A_bad_item_is_told_by_rule_and_field_and_the_good_ones_are_stored(string bad, string faults)
    {
        var type = $"good.{Guid.NewGuid():N}";

        var answer = await _server.PostAsync($"[{SomeEvents.One(type, 1)},{bad},{SomeEvents.One(type, 2)}]");

        ShouldSay(answer, accepted: 2);
        Rejected(answer).ShouldBe([$"1: {faults}"]);
        (await _server.StoredAsync($"event_type={type}", 2)).Select(SomeEvents.Number).Order().ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_bad_event_alone_is_rejected_in_the_same_form()
    {
        var answer = await _server.PostAsync("""{"event_type":"x.y"}""");

        ShouldSay(answer, accepted: 0);
        Rejected(answer).ShouldBe(["0: required_fields data"]);
    }

    [Fact]
    public async Task Deep_nesting_is_read_without_recursion()
    {
        var depth = 200_000;
        var body = $$"""{"event_type":"deep.sent","data":{"d":{{new string('[', depth)}}{{new string(']', depth)}} } }""";

        var answer = await _server.PostAsync(body);

        answer.Status.ShouldBeOneOf(202, 400, 413);
        (await _server.GetAsync("/health/live")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_same_id_is_stored_once_and_counted_as_a_duplicate()
    {
        var id = Guid.NewGuid();
        var body = $$"""[{"event_type":"twice.sent","data":{"n":1},"event_id":"{{id}}"},{"event_type":"twice.sent","data":{"n":1},"event_id":"{{id}}"}]""";

        var first = await _server.PostAsync(body);
        var second = await _server.PostAsync(body);

        first.Json.GetProperty("duplicates").GetInt32().ShouldBe(1);
        second.Json.GetProperty("duplicates").GetInt32().ShouldBe(2);
        var ledger = await _server.SettledLedgerAsync();
        ledger.GetProperty("duplicates").GetInt64().ShouldBeGreaterThanOrEqualTo(3);
        (await _server.StoredAsync("event_type=twice.sent", 1)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_answer_says_what_an_acknowledgement_is_worth()
    {
        var answer = await _server.PostAsync(SomeEvents.One("worth.sent"));

        answer.Header("Holdfast-Durability").ShouldBe("durable");
    }

    private static void ShouldSay(Answer answer, int accepted)
    {
        answer.Status.ShouldBe(202, answer.Body);
        answer.ContentType.ShouldBe("application/json; charset=utf-8");
        answer.Json.GetProperty("accepted").GetInt32().ShouldBe(accepted, answer.Body);
    }

    /// <summary>Each rejected item as <c>index: rule field, rule field</c>.</summary>
    private static string[] Rejected(Answer answer) =>
        [.. answer.Json.GetProperty("rejected").EnumerateArray().Select(item => $"{item.GetProperty("index").GetInt32()}: {string.Join(", ", item.RulesAndFields())}")];
}
