using System.Text;
using System.Text.Json;
using Holdfast.Retries;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

public class RetryValidatorTests
{
    private static readonly RetryDraft Good = new() { OperationType = "sql_operation" };

    [Fact]
    public void An_event_that_was_not_given_is_absent_and_not_empty() =>
        RetryValidator.Check([Good], new RetryQueueOptions(), DateTimeOffset.UnixEpoch).ShouldHaveSingleItem().OriginalEvent.ShouldBeNull();

    [Fact]
    public void Every_fault_of_a_draft_is_named_at_once()
    {
        var bad = new RetryDraft
        {
            OperationType = " ",
            Target = new string('t', 2_001),
            Payload = TrialHandler.Json($"\"{new string('x', RetryPayload.BytesMax)}\""),
            Priority = 11,
            Id = Guid.Empty,
            CorrelationId = "",
            IdempotencyKey = "a\0b",
            MaxRetries = 0,
            Timeout = TimeSpan.FromHours(25),
            Delay = TimeSpan.FromSeconds(-1),
            Tags = ["", .. Enumerable.Repeat("tag", 20)],
            GroupKey = new string('g', 256),
            OriginalEvent = TrialHandler.Json("""{"text": "a\u0000b"}"""),
        };

        var errors = Errors(bad);

        errors.Select(error => error.Field).ShouldBe(
        [
            "operation_type", "target", "payload", "priority", "id", "correlation_id", "idempotency_key", "group_key", "max_retries",
            "timeout_seconds", "delay_seconds", "tags", "tags", "original_event",
        ]);
    }

    [Fact]
    public void The_faults_of_all_drafts_are_named_with_their_places()
    {
        var errors = Errors(Good with { Priority = -11 }, Good, Good with { MaxRetries = 1_001 });

        errors.Select(error => (error.Index, error.Field)).ShouldBe([(0, "priority"), (2, "max_retries")]);
    }

    [Fact]
    public void What_is_at_its_limits_is_taken()
    {
        var item = Check(Good with
        {
            Priority = -10,
            Target = new string('t', 2_000),
            MaxRetries = 1_000,
            Timeout = TimeSpan.FromHours(24),
            Delay = TimeSpan.FromDays(365),
            Tags = [.. Enumerable.Repeat(new string('x', 100), 20)],
            Payload = TrialHandler.Json($"\"{new string('x', RetryPayload.BytesMax - 2)}\""),
        });

        item.Payload.Length.ShouldBe(RetryPayload.BytesMax);
        item.Penalty.ShouldBe(TimeSpan.FromMinutes(10));
    }

    [Fact]
    public void What_a_draft_leaves_open_is_as_its_policy_says()
    {
        var item = Check(Good);

        item.MaxRetries.ShouldBe(3);
        item.Timeout.ShouldBe(TimeSpan.FromSeconds(15));
        item.Delay.ShouldBe(TimeSpan.Zero);
        item.Id.Version.ShouldBe(7);
        Encoding.UTF8.GetString(item.Payload.Span).ShouldBe("{}");
    }

    [Fact]
    public void A_payload_is_a_copy_that_outlives_its_document()
    {
        NewRetry item;
        using (var document = JsonDocument.Parse("""{"a": [1, "ü"]}"""))
        {
            item = Check(Good with { Payload = document.RootElement });
        }

        Encoding.UTF8.GetString(item.Payload.Span).ShouldBe("""{"a": [1, "ü"]}""");
    }

    [Theory]
    [InlineData(0xD800)]
    [InlineData(0xDC00)]
    [InlineData(0)]
    public void Texts_that_no_store_can_hold_are_refused(int character) =>
        Errors(Good with { Target = $"a{(char)character}b" }).ShouldHaveSingleItem().Field.ShouldBe("target");

    [Fact]
    public void A_pair_of_surrogates_is_a_character() => Check(Good with { Target = "😀😀" }).Target.ShouldBe("😀😀");

    [Fact]
    public void More_drafts_than_may_come_at_one_time_are_refused() =>
        Errors([.. Enumerable.Repeat(Good, RetryValidator.DraftsMax + 1)]).ShouldHaveSingleItem().Field.ShouldBe("items");

    private static NewRetry Check(RetryDraft draft) => RetryValidator.Check([draft], new RetryQueueOptions(), Some.Instant)[0];

    private static IReadOnlyList<RetryError> Errors(params RetryDraft[] drafts) =>
        Should.Throw<RetryRejectedException>(() => RetryValidator.Check(drafts, new RetryQueueOptions(), Some.Instant)).Errors;
}
