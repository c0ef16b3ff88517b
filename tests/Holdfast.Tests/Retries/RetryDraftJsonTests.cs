using System.Text;
using Holdfast.Retries;

namespace Holdfast.Tests.Retries;

public class RetryDraftJsonTests
{
    [Fact]
    public void One_object_is_one_item_with_everything_that_it_says()
    {
        var read = Read("""
            {"operation_type": "http_callback", "target": "http://shop/pay", "payload": {"a": 1}, "priority": 5,
             "id": "0195b9a0-1111-7000-8000-000000000001", "correlation_id": "c", "idempotency_key": "i", "max_retries": 7,
             "timeout_seconds": 1.5, "delay_seconds": 60, "tags": ["a", "b"], "group_key": "g", "original_event": {"t": "x.failed"}}
            """);

        read.Errors.ShouldBeEmpty();
        var draft = read.Drafts.ShouldHaveSingleItem();
        (draft.OperationType, draft.Target, draft.Priority, draft.MaxRetries).ShouldBe(("http_callback", "http://shop/pay", 5, 7));
        (draft.Timeout, draft.Delay).ShouldBe((TimeSpan.FromSeconds(1.5), TimeSpan.FromMinutes(1)));
        (draft.CorrelationId, draft.IdempotencyKey, draft.GroupKey).ShouldBe(("c", "i", "g"));
        draft.Tags.ShouldBe(["a", "b"]);
        draft.Id.ShouldBe(Guid.Parse("0195b9a0-1111-7000-8000-000000000001"));
        draft.Payload.GetProperty("a").GetInt32().ShouldBe(1);
        draft.OriginalEvent!.Value.GetProperty("t").GetString().ShouldBe("x.failed");
    }

    [Fact]
    public void Every_fault_of_every_item_is_told_with_its_place() => Read("""
        [{"operation_type": 3, "priority": "high", "id": "no", "tags": [1], "delay_seconds": 1e300, "wait": 1}, 7, {"operation_type": "a", "max_retries": 1.5}]
        """).Errors.Select(error => error.Field).ShouldBe(
        ["[0].operation_type", "[0].priority", "[0].id", "[0].tags", "[0].delay_seconds", "[0].wait", "[1]", "[2].max_retries"]);

    [Fact]
    public void What_a_value_breaks_is_told_beside_what_could_not_be_read() => Read("""
        [7, {"operation_type": "a", "priority": 44, "wait": 1}, {"operation_type": 3, "max_retries": 0}]
        """).Errors.Select(error => error.Field).ShouldBe(["[0]", "[1].wait", "[2].operation_type", "[1].priority", "[2].max_retries"]);

    [Fact]
    public void What_is_null_is_as_if_it_were_left_out()
    {
        var read = Read("""{"operation_type": "a", "id": null, "timeout_seconds": null, "tags": null, "original_event": null, "group_key": null}""");

        read.Errors.ShouldBeEmpty();
        read.Drafts.ShouldHaveSingleItem().Tags.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("{")]
    [InlineData("{\"operation_type\": \"a\", \"operation_type\": \"b\"}")]
    public void What_is_no_item_is_one_fault_of_the_body(string body) =>
        Read(body).Errors.ShouldHaveSingleItem().Field.ShouldBe("body");

    [Fact]
    public void More_items_than_are_taken_at_once_are_one_fault() =>
        Read($"[{string.Join(',', Enumerable.Repeat("{}", RetryDraftJson.ItemsMax + 1))}]").Errors.ShouldHaveSingleItem().Message.ShouldContain("10000");

    private static RetryDrafts Read(string body) => RetryDraftJson.Read(Encoding.UTF8.GetBytes(body));
}
