using System.Text;
using Holdfast.Pipeline;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Pipeline;

public class EventDecoderTests
{
    private const string Good = """{"event_type":"order.created","data":{"id":1}}""";

    private readonly IntakeRig _rig = new();

    [Fact]
    public void An_event_survives_the_way_through_the_codec()
    {
        var body = """
            {
              "event_id": "01234567-89AB-cdef-8123-456789abcdef",
              "event_type": "order.created", "source": "shop", "category": "performance",
              "timestamp": "2025-12-31T23:00:00.5Z",
              "data": { "b": 1.50, "a": "\u00e4" },
              "metadata": { "correlation_id": "c-1" }
            }
            """;

        var row = IntakeRig.Rows(_rig.Decode(body).Entries).ShouldHaveSingleItem();

        row.Id.ShouldBe(Guid.Parse("01234567-89ab-cdef-8123-456789abcdef"));
        row.ClientId.ShouldBeTrue();
        row.TimestampMicroseconds.ShouldBe(1_767_222_000_500_000);
        row.Category.ShouldBe(EventCategory.Performance);
        IntakeRig.Text(row.EventType).ShouldBe("order.created");
        IntakeRig.Text(row.Source).ShouldBe("shop");
        IntakeRig.Text(row.Data).ShouldBe("""{"a":"ä","b":1.50}""");
        IntakeRig.Text(row.Metadata).ShouldBe("""{"checksum":"crc32c:%","correlation_id":"c-1"}""".Replace("%", Crc(row)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","source":null,"timestamp":null,"event_id":null,"category":null,"metadata":null""")]
    [InlineData(""","source":"" """)]
    public void What_is_absent_gets_its_default(string rest)
    {
        var row = IntakeRig.Rows(_rig.Decode($$"""{"event_type":"order.failed","data":{}{{rest}}}""").Entries).ShouldHaveSingleItem();

        row.Id.Version.ShouldBe(7);
        row.ClientId.ShouldBeFalse();
        row.TimestampMicroseconds.ShouldBe(_rig.Clock.GetUtcNow().ToUnixTimeMilliseconds() * 1_000);
        row.Category.ShouldBe(EventCategory.Critical);
        IntakeRig.Text(row.Source).ShouldBe("unknown");
        IntakeRig.Text(row.Metadata).ShouldBe("""{"checksum":"crc32c:%"}""".Replace("%", Crc(row)));
    }

    [Theory]
    [InlineData("1767225600000", 1_767_225_600_000_000)]
    [InlineData("1767225600000.25", 1_767_225_600_000_250)]
    [InlineData("1.7672256e12", 1_767_225_600_000_000)]
    [InlineData("\"2026-01-01T00:00:00Z\"", 1_767_225_600_000_000)]
    [InlineData("\"2026-01-01T00:00:00\\u005A\"", 1_767_225_600_000_000)]
    public void Timestamps_are_rfc_3339_or_unix_milliseconds(string timestamp, long microseconds)
    {
        var decoded = _rig.Decode($$"""{"event_type":"a","data":{},"timestamp":{{timestamp}}}""");

        IntakeRig.Rows(decoded.Entries).ShouldHaveSingleItem().TimestampMicroseconds.ShouldBe(microseconds);
    }

    [Theory]
    // required_fields
    [InlineData("""{"data":{}}""", "required_fields event_type")]
    [InlineData("""{"event_type":null,"data":{}}""", "required_fields event_type")]
    [InlineData("""{"event_type":"a"}""", "required_fields data")]
    [InlineData("""{"event_type":"a","data":null}""", "required_fields data")]
    [InlineData("{}", "required_fields event_type", "required_fields data")]
    // data_types
    [InlineData("""{"event_type":5,"data":{}}""", "data_types event_type")]
    [InlineData("""{"event_type":["a"],"data":{}}""", "data_types event_type")]
    [InlineData("""{"event_type":"a","data":[]}""", "data_types data")]
    [InlineData("""{"event_type":"a","data":"{}"}""", "data_types data")]
    [InlineData("""{"event_type":"a","data":{},"metadata":[{"a":1}]}""", "data_types metadata")]
    [InlineData("""{"event_type":"a","data":{},"source":{"a":1}}""", "data_types source")]
    [InlineData("""{"event_type":"a","data":{},"timestamp":true}""", "data_types timestamp")]
    [InlineData("""{"event_type":"a","data":{},"timestamp":"2026-01-01T00:00:00"}""", "data_types timestamp")]
    [InlineData("""{"event_type":"a","data":{},"timestamp":"now"}""", "data_types timestamp")]
    [InlineData("""{"event_type":"a","data":{},"timestamp":1e300}""", "data_types timestamp")]
    [InlineData("""{"event_type":"a","data":{},"timestamp":-1e18}""", "data_types timestamp")]
    [InlineData("""{"event_type":"a","data":{},"category":"important"}""", "data_types category")]
    [InlineData("""{"event_type":"a","data":{},"category":"Critical"}""", "data_types category")]
    [InlineData("""{"event_type":"a","data":{},"category":1}""", "data_types category")]
    [InlineData("""{"event_type":"a","data":{},"event_id":"7"}""", "data_types event_id")]
    [InlineData("""{"event_type":"a","data":{},"event_id":"0123456789abcdef8123456789abcdef"}""", "data_types event_id")]
    [InlineData("""{"event_type":"a","data":{},"event_id":"01234567-89ab-cdef-8123-456789abcdef0"}""", "data_types event_id")]
    [InlineData("""{"event_type":"a","data":{},"event_id":"00000000-0000-0000-0000-000000000000"}""", "data_types event_id")]
    // event_type_format
    [InlineData("""{"event_type":"","data":{}}""", "event_type_format event_type")]
    [InlineData("""{"event_type":" \t","data":{}}""", "event_type_format event_type")]
    // timestamp_range
    [InlineData("""{"event_type":"a","data":{},"timestamp":"2025-12-01T23:59:59Z"}""", "timestamp_range timestamp")]
    [InlineData("""{"event_type":"a","data":{},"timestamp":"2026-01-02T00:00:01Z"}""", "timestamp_range timestamp")]
    [InlineData("""{"event_type":"a","data":{},"timestamp":1767225600}""", "timestamp_range timestamp")]
    // json
    [InlineData("""{"event_type":"a\ud800","data":{}}""", "json event_type")]
    [InlineData("""{"event_type":"a","data":{"x":["\udc00"]}}""", "json data")]
    [InlineData("""{"event_type":"a","data":{},"metadata":{"\ud800":1}}""", "json metadata")]
    [InlineData("""{"event_type":"a","data":{},"source":"\ud800\ud800"}""", "json source")]
    // checksum
    [InlineData("""{"event_type":"a","data":{},"metadata":{"checksum":"crc32c:00000000"}}""", "checksum metadata.checksum")]
    [InlineData("""{"event_type":"a","data":{},"metadata":{"checksum":12}}""", "checksum metadata.checksum")]
    // everything at once
    [InlineData(
        """{"event_type":" ","data":1,"source":2,"timestamp":"x","metadata":3,"category":"x","event_id":"x"}""",
        "event_type_format event_type", "data_types timestamp", "data_types category", "data_types event_id", "data_types source", "data_types data", "data_types metadata")]
    public void A_bad_item_is_rejected_with_every_rule_and_field_and_its_neighbours_are_taken(string item, params string[] faults)
    {
        var decoded = _rig.Decode($"[{Good},{item},{Good}]");

        decoded.Status.ShouldBe(IntakeStatus.Taken);
        decoded.Accepted.ShouldBe(2);
        var rejected = decoded.Rejected.ShouldHaveSingleItem();
        rejected.Index.ShouldBe(1);
        rejected.Errors.Select(error => $"{error.Rule} {error.Field}").ShouldBe(faults);
        rejected.Errors.ShouldAllBe(error => error.Message.EndsWith('.'));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("null")]
    [InlineData("\"event\"")]
    [InlineData("[[{}]]")]
    public void What_is_no_object_is_no_event(string item)
    {
        var decoded = _rig.Decode($"[{item},{Good}]");

        decoded.Accepted.ShouldBe(1);
        decoded.Rejected.ShouldHaveSingleItem().Errors.ShouldHaveSingleItem().Rule.ShouldBe("data_types");
    }

    [Theory]
    [InlineData("event_type", "event_type_format", 50)]
    [InlineData("source", "source_format", 100)]
    public void Names_have_a_limit_in_characters_and_not_in_bytes(string field, string rule, int charactersMax)
    {
        var fits = string.Concat(Enumerable.Repeat("😀", charactersMax));

        var decoded = _rig.Decode($"[{Event(field, fits)},{Event(field, fits + "x")}]");

        decoded.Accepted.ShouldBe(1);
        var error = decoded.Rejected.ShouldHaveSingleItem().Errors.ShouldHaveSingleItem();
        (error.Rule, error.Field).ShouldBe((rule, field));
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    [InlineData(100_000, false)]
    public void Data_may_have_32_levels(int levels, bool accepted)
    {
        var data = string.Concat(Enumerable.Repeat("""{"a":""", levels - 1)) + "{}" + new string('}', levels - 1);

        var decoded = _rig.Decode($$"""[{"event_type":"deep","data":{{data}}},{{Good}}]""");

        decoded.Accepted.ShouldBe(accepted ? 2 : 1);
        decoded.Rejected.SelectMany(item => item.Errors).ShouldAllBe(error => error.Field == "data" && error.Rule == "depth" || error.Rule == "size");
    }

    [Fact]
    public void Deeply_nested_fields_that_no_event_has_are_passed_over()
    {
        var decoded = _rig.Decode($$"""[{"event_type":"a","data":{},"extra":{{new string('[', 10_000)}}{{new string(']', 10_000)}},"more":1}]""");

        decoded.Accepted.ShouldBe(1);
        decoded.Validation.ShouldHaveSingleItem().Warnings.ShouldBe(2);
    }

    [Fact]
    public void Of_a_field_that_comes_twice_the_last_counts()
    {
        var row = IntakeRig.Rows(_rig.Decode("""{"event_type":5,"data":{"a":1},"event_type":"b","data":{"a":2}}""").Entries).ShouldHaveSingleItem();

        IntakeRig.Text(row.EventType).ShouldBe("b");
        IntakeRig.Text(row.Data).ShouldBe("""{"a":2}""");
    }

    [Fact]
    public void Names_of_fields_may_be_escaped()
    {
        var row = IntakeRig.Rows(_rig.Decode("""{"\u0065vent_type":"\u0061.\"b\"","d\u0061ta":{}}""").Entries).ShouldHaveSingleItem();

        IntakeRig.Text(row.EventType).ShouldBe("a.\"b\"");
    }

    [Fact]
    public void A_nul_is_kept_as_it_is()
    {
        var row = IntakeRig.Rows(_rig.Decode("""{"event_type":"a","data":{"x":"\u0000"}}""").Entries).ShouldHaveSingleItem();

        IntakeRig.Text(row.Data).ShouldBe("""{"x":"\u0000"}""");
    }

    [Fact]
    public void Invalid_utf8_costs_only_its_own_item()
    {
        byte[] body = [.. "["u8, .. Encoding.UTF8.GetBytes(Good), .. ",{\"event_type\":\"a\",\"data\":{\"x\":\""u8, 0xC3, 0x28, .. "\"}}]"u8];

        var decoded = _rig.Decoder.Decode(body, EventFormat.Json);

        decoded.Accepted.ShouldBe(1);
        var error = decoded.Rejected.ShouldHaveSingleItem().Errors.ShouldHaveSingleItem();
        (error.Rule, error.Field).ShouldBe(("json", "event"));
        decoded.Validation.Select(count => count.EventType).ShouldBe(["order.created", ValidationMetrics.Invalid], ignoreOrder: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n")]
    [InlineData("hello")]
    [InlineData("5")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("[{\"event_type\":\"a\",\"data\":{}}")]
    [InlineData("[{\"event_type\":\"a\",\"data\":{}},")]
    [InlineData("[{\"event_type\":\"a\",\"data\":{}} {\"event_type\":\"a\"}]")]
    [InlineData("[{\"event_type\":\"a\",\"data\":{},}]")]
    [InlineData("{\"event_type\":\"a\",\"data\":{}} trailing")]
    [InlineData("{\"event_type\":\"a\",\"data\":{}}{\"event_type\":\"a\",\"data\":{}}")]
    [InlineData("[] []")]
    [InlineData("{'event_type':'a'}")]
    [InlineData("// comment\n{}")]
    [InlineData("[NaN]")]
    public void A_body_that_is_not_json_is_unreadable_as_a_whole(string body)
    {
        var decoded = _rig.Decode(body);

        decoded.Status.ShouldBe(IntakeStatus.Unreadable);
        decoded.Problem.ShouldNotBeNullOrWhiteSpace();
        decoded.Entries.ShouldBeEmpty();
    }

    [Fact]
    public void A_problem_of_syntax_says_where()
    {
        _rig.Decode("[\n  {\"event_type\": nope}\n]").Problem.ShouldBe("The body is not JSON from line 2, byte 19.");
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over() => _rig.Decode("\uFEFF" + Good).Accepted.ShouldBe(1);

    [Fact]
    public void An_empty_array_is_a_request_with_nothing_in_it()
    {
        var decoded = _rig.Decode("[]");

        decoded.Status.ShouldBe(IntakeStatus.Taken);
        decoded.Entries.ShouldBeEmpty();
        decoded.Validation.ShouldBeEmpty();
    }

    [Fact]
    public void An_array_is_no_single_object() => _rig.Decode($"[{Good}]", EventFormat.JsonObject).Status.ShouldBe(IntakeStatus.Unreadable);

    [Fact]
    public void Lines_are_items_and_blank_lines_are_none()
    {
        var decoded = _rig.Decode($"\n{Good}\r\n\r\n  {Good}  \n\n{Good}", EventFormat.Ndjson);

        decoded.Accepted.ShouldBe(3);
        decoded.Rejected.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{\"event_type\":", "json")]
    [InlineData("{\"event_type\":\"a\",\"data\":{}} {}", "json")]
    [InlineData("{\"event_type\":\"a\",\"data\":{}},", "json")]
    [InlineData("hello", "data_types")]
    [InlineData("[]", "data_types")]
    public void A_malformed_line_is_a_rejected_item(string line, string rule)
    {
        var decoded = _rig.Decode($"{Good}\n\n{line}\n{Good}", EventFormat.Ndjson);

        decoded.Status.ShouldBe(IntakeStatus.Taken);
        decoded.Accepted.ShouldBe(2);
        var rejected = decoded.Rejected.ShouldHaveSingleItem();
        rejected.Index.ShouldBe(1);
        rejected.Errors.ShouldHaveSingleItem().Rule.ShouldBe(rule);
    }

    [Theory]
    [InlineData(EventFormat.Json)]
    [InlineData(EventFormat.Ndjson)]
    internal void A_request_with_too_many_items_is_refused_whole(EventFormat format)
    {
        _rig.Options = new IntakeOptions { EventsPerRequestMax = 3 };

        Many(3, format).Accepted.ShouldBe(3);
        var decoded = Many(4, format);

        decoded.Status.ShouldBe(IntakeStatus.TooLarge);
        decoded.Entries.ShouldBeEmpty();
    }

    [Fact]
    public void A_million_small_items_are_refused_without_being_listed()
    {
        var decoded = _rig.Decode("[" + string.Join(',', Enumerable.Repeat("1", 1_000_000)) + "]");

        decoded.Status.ShouldBe(IntakeStatus.TooLarge);
        decoded.Rejected.ShouldBeEmpty();
    }

    [Fact]
    public void A_body_beyond_the_limit_is_not_read()
    {
        _rig.Options = new IntakeOptions { BodyBytesMax = 10 };

        _rig.Decode(Good).Status.ShouldBe(IntakeStatus.TooLarge);
    }

    [Theory]
    [InlineData(EventFormat.Json)]
    [InlineData(EventFormat.Ndjson)]
    internal void An_event_that_is_too_large_costs_only_itself(EventFormat format)
    {
        _rig.Options = new IntakeOptions { EventBytesMax = 100 };
        var large = Event("source", new string('x', 90));

        var decoded = format == EventFormat.Json ? _rig.Decode($"[{Good},{large}]") : _rig.Decode($"{Good}\n{large}", format);

        decoded.Accepted.ShouldBe(1);
        decoded.Rejected.ShouldHaveSingleItem().Errors.ShouldHaveSingleItem().Rule.ShouldBe("size");
    }

    [Fact]
    public void An_event_that_is_the_whole_body_and_too_large_is_refused()
    {
        _rig.Options = new IntakeOptions { EventBytesMax = 20 };

        var decoded = _rig.Decode(Good);

        decoded.Status.ShouldBe(IntakeStatus.TooLarge);
        decoded.Rejected.ShouldHaveSingleItem().Errors.ShouldHaveSingleItem().Rule.ShouldBe("size");
    }

    [Fact]
    public void A_checksum_that_is_right_is_accepted_in_any_spelling_of_the_data()
    {
        var sent = IntakeRig.Text(IntakeRig.Rows(_rig.Decode("""{"event_type":"a","data":{"a":1,"b":[2,3]}}""").Entries).Single().Metadata);

        var decoded = _rig.Decode($$"""{"metadata":{{sent}},"event_type":"a","data":{ "b" : [2, 3], "\u0061" : 1 } }""");

        decoded.Accepted.ShouldBe(1);
        IntakeRig.Text(IntakeRig.Rows(decoded.Entries).Single().Metadata).ShouldBe(sent);
    }

    [Fact]
    public void With_validation_off_limits_and_types_still_hold()
    {
        _rig.Options = new IntakeOptions { Validation = false };

        var decoded = _rig.Decode("""
            [{"event_type":"a"},
             {"event_type":"a","data":{},"metadata":{"checksum":"crc32c:00000000"}},
             {"event_type":"a","data":5},
             {"event_type":"","data":{}},
             {"event_type":"a","data":{},"timestamp":0}]
            """);

        decoded.Accepted.ShouldBe(2);
        IntakeRig.Rows(decoded.Entries).Select(row => IntakeRig.Text(row.Data)).ShouldBe(["{}", "{}"]);
        IntakeRig.Rows(decoded.Entries).Select(row => IntakeRig.Text(row.Metadata)).Distinct().ShouldHaveSingleItem().ShouldNotContain("00000000");
        decoded.Rejected.Select(item => item.Errors.Single().Rule).ShouldBe(["data_types", "event_type_format", "timestamp_range"]);
    }

    [Fact]
    public void In_strict_mode_one_bad_item_refuses_all()
    {
        _rig.Options = new IntakeOptions { Strict = true };

        var decoded = _rig.Decode($"[{Good},{{}},{Good}]");

        decoded.Status.ShouldBe(IntakeStatus.Refused);
        decoded.Entries.ShouldBeEmpty();
        decoded.Accepted.ShouldBe(0);
        decoded.GoodButRefused.ShouldBe(2);
        decoded.Rejected.ShouldHaveSingleItem().Index.ShouldBe(1);
        decoded.Validation.Sum(count => count.Total).ShouldBe(3);
    }

    [Fact]
    public void Validation_is_counted_by_type_and_bad_types_share_a_row()
    {
        var overlong = new string('x', 51);

        var decoded = _rig.Decode($$"""
            [{"event_type":"a","data":{} },{"event_type":"a","data":{},"extra":1},{"event_type":"a"},
             {"event_type":"b","data":1,"source":2},{"event_type":"{{overlong}}","data":{} },{"data":{} },7]
            """);

        decoded.Validation.Select(count => (count.EventType, count.Total, count.Passed, count.Failed, count.Errors, count.Warnings)).ShouldBe(
            [("a", 3, 2, 1, 1, 1), ("b", 1, 0, 1, 2, 0), (ValidationMetrics.Invalid, 3, 0, 3, 3, 0)], ignoreOrder: true);
    }

    [Fact]
    public void With_measuring_off_nothing_is_counted()
    {
        _rig.Options = new IntakeOptions { MeasureValidation = false };

        _rig.Decode(Good).Validation.ShouldBeEmpty();
    }

    [Fact]
    public void Batches_are_cut_at_rows_and_bytes_and_a_larger_row_travels_alone()
    {
        _rig.Options = new IntakeOptions { BatchRowsMax = 3, BatchBytesMax = 1_000 };
        var large = $$"""{"event_type":"large","data":{"x":"{{new string('x', 2_000)}}"} }""";

        var decoded = _rig.Decode($"[{string.Join(',', Good, Good, Good, Good, large, Good, Good)}]");

        decoded.Entries.Select(entry => entry.Count).ShouldBe([3, 1, 1, 2]);
        IntakeRig.Rows(decoded.Entries).Select(row => IntakeRig.Text(row.EventType)).ToList().IndexOf("large").ShouldBe(4);
    }

    [Fact]
    public void Rows_of_many_sizes_come_back_as_they_were_sent()
    {
        var texts = Enumerable.Range(0, 300).Select(i => new string((char)('a' + (i % 26)), i * 37 % 5_000)).ToList();
        var body = "[" + string.Join(',', texts.Select((text, i) => $$"""{"data":{"z":"{{text}}","a":{{i}}},"event_type":"t{{i % 7}}","metadata":{"m":"{{text}}"} }""")) + "]";

        var rows = IntakeRig.Rows(_rig.Decode(body).Entries);

        rows.Select(row => IntakeRig.Text(row.Data)).ShouldBe(texts.Select((text, i) => $$"""{"a":{{i}},"z":"{{text}}"}"""));
        rows.Select(row => IntakeRig.Text(row.Metadata)).ShouldBe(rows.Select((row, i) => $$"""{"checksum":"crc32c:{{Crc(row)}}","m":"{{texts[i]}}"}"""));
    }

    [Fact]
    public void Requests_at_the_same_time_do_not_share_buffers()
    {
        Parallel.For(0, 64, i =>
        {
            var body = "[" + string.Join(',', Enumerable.Range(0, 200).Select(j => $$"""{"event_type":"t","data":{"b":"{{i}}-{{j}}","a":1} }""")) + "]";
            var rows = IntakeRig.Rows(_rig.Decode(body).Entries);
            rows.Select(row => IntakeRig.Text(row.Data)).ShouldBe(Enumerable.Range(0, 200).Select(j => $$"""{"a":1,"b":"{{i}}-{{j}}"}"""));
        });
    }

    private DecodedRequest Many(int items, EventFormat format)
    {
        var events = Enumerable.Repeat(Good, items);
        return format == EventFormat.Json ? _rig.Decode($"[{string.Join(',', events)}]") : _rig.Decode(string.Join('\n', events), format);
    }

    private static string Event(string field, string value) => field == "event_type"
        ? $$"""{"event_type":"{{value}}","data":{} }"""
        : $$"""{"event_type":"a","data":{},"{{field}}":"{{value}}"}""";

    private static string Crc(EventRow row) => EventChecksum.Crc32C(row.Data.Span).ToString("x8");
}
