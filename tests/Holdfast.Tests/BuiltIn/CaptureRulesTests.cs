using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.BuiltIn;
using Holdfast.BuiltIn.Retry;
using Holdfast.Events;
using Holdfast.Retries;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.BuiltIn;

public class CaptureRulesTests
{
    private const string Json = """{"error": "The till is away.", "operation": {"operation_type": "charge", "target": "till-1", "payload": {"amount": 12}, "correlation_id": "order-17", "max_retries": 7}}""";

    private static readonly RetryDraft Charge = new() { OperationType = "charge", Target = "till-1", CorrelationId = "order-17" };

    [Theory]
    [InlineData("payment.failed")]
    [InlineData("payment.card.error")]
    [InlineData("payment.timeout")]
    [InlineData("retry.schedule")]
    public void The_operation_that_a_failure_carries_is_executed_again(string type)
    {
        var taken = Judge(new BusEvent(type, new OperationFailure(Charge, "The till is away."))).ShouldBeOfType<Capture.Taken>();

        taken.Operation.OperationType.ShouldBe("charge");
        taken.Operation.CorrelationId.ShouldBe("order-17");
        taken.Operation.OriginalEvent!.Value.GetProperty("error").GetString().ShouldBe("The till is away.");
    }

    [Fact]
    public void Json_is_read_like_a_request_that_enqueues_it()
    {
        var taken = Judge(new BusEvent("payment.failed", JsonNode.Parse(Json))).ShouldBeOfType<Capture.Taken>();

        taken.Operation.Payload.GetProperty("amount").GetInt32().ShouldBe(12);
        taken.Operation.MaxRetries.ShouldBe(7);
        taken.Operation.OriginalEvent!.Value.GetProperty("data").TryGetProperty("operation", out _).ShouldBeFalse("The item is the operation.");
    }

    [Fact]
    public void An_operation_without_a_correlation_has_that_of_its_event()
    {
        var id = Guid.NewGuid();

        var taken = Judge(new BusEvent("payment.failed", Charge with { CorrelationId = null }, new EventMetadata { CorrelationId = id })).ShouldBeOfType<Capture.Taken>();

        taken.Operation.CorrelationId.ShouldBe(id.ToString());
    }

    [Theory]
    [InlineData("retry.failed", "own")]
    [InlineData("retry.timeout", "own")]
    [InlineData("bus.handler.failed", "bus")]
    [InlineData("eventfilter.command.error", "callers_fault")]
    public void What_would_feed_itself_or_is_the_callers_own_fault_is_ignored(string type, string because) =>
        Judge(new BusEvent(type, new OperationFailure(Charge, "x"))).ShouldBe(new Capture.Ignored(because));

    [Fact]
    public void What_is_marked_no_retry_is_ignored() =>
        Judge(new BusEvent("payment.failed", Charge, new EventMetadata { NoRetry = true })).ShouldBe(new Capture.Ignored("no_retry"));

    [Theory]
    [InlineData("validation", "x")]
    [InlineData("Forbidden", "x")]
    [InlineData(null, "Unauthorized: no such key")]
    [InlineData(null, "not found")]
    public void A_callers_fault_is_ignored(string? errorClass, string error) =>
        Judge(new BusEvent("payment.failed", new OperationFailure(Charge, error) { ErrorClass = errorClass })).ShouldBe(new Capture.Ignored("callers_fault"));

    [Theory]
    [InlineData(null, "The table was not found.")]
    [InlineData("unavailable", "validation of the server's certificate timed out")]
    public void A_word_within_the_text_means_nothing(string? errorClass, string error) =>
        Judge(new BusEvent("payment.failed", new OperationFailure(Charge, error) { ErrorClass = errorClass })).ShouldBeOfType<Capture.Taken>();

    [Theory]
    [InlineData("null")]
    [InlineData("""{"error": "x"}""")]
    [InlineData("""{"operation": 17}""")]
    [InlineData("""{"operation": {"target": "x"}}""")]
    [InlineData("""{"operation": {"operation_type": "charge", "priority": "high"}}""")]
    [InlineData("""{"operation": {"operation_type": "charge", "colour": "red"}}""")]
    public void What_has_no_operation_that_can_be_read_is_not_executable(string data) =>
        Judge(new BusEvent("payment.failed", JsonElement.Parse(data))).ShouldBeOfType<Capture.NotExecutable>();

    [Fact]
    public void From_outside_only_what_may_come_from_outside_is_executed()
    {
        var metadata = new EventMetadata { Tags = [EventMarks.Outside] };
        var outside = new OutsideEvent(Guid.NewGuid(), JsonElement.Parse(Json), JsonElement.Parse("{}"));

        CaptureRules.Judge(new BusEvent("payment.failed", outside, metadata), Outside.Nothing).ShouldBeOfType<Capture.NotExecutable>();
        CaptureRules.Judge(new BusEvent("payment.failed", outside, metadata), Outside.HandedIn("charge")).ShouldBeOfType<Capture.Taken>();
    }

    [Fact]
    public void Of_whoever_may_only_record_no_more_is_executed_than_is_listed()
    {
        var metadata = new EventMetadata { Tags = [EventMarks.Outside, EventMarks.RecordOnly] };
        var failure = new BusEvent("payment.failed", new OutsideEvent(Guid.NewGuid(), JsonElement.Parse(Json), JsonElement.Parse("{}")), metadata);

        CaptureRules.Judge(failure, Outside.HandedIn("charge")).ShouldBeOfType<Capture.NotExecutable>().Why.ShouldContain("HOLDFAST_RETRY_INGEST_TYPES");
        CaptureRules.Judge(failure, Outside.Anything).ShouldBeOfType<Capture.Taken>();
        CaptureRules.Judge(failure, new OutsideTypes(_ => false, _ => true)).ShouldBeOfType<Capture.NotExecutable>();
    }

    [Fact]
    public void What_is_sent_twice_from_outside_is_one_item_whose_id_is_no_event_s()
    {
        var eventId = Guid.CreateVersion7();

        var (first, second, other) = (ItemOf(eventId), ItemOf(eventId), ItemOf(Guid.CreateVersion7()));

        second.ShouldBe(first);
        first.ShouldNotBe(eventId);
        first.ShouldNotBe(other);
        (first!.Value.Version, first.Value.Variant).ShouldBe((eventId.Version, eventId.Variant));

        static Guid? ItemOf(Guid eventId) => CaptureRules
            .Judge(new BusEvent("payment.failed", new OutsideEvent(eventId, JsonElement.Parse(Json), JsonElement.Parse("{}"))), Outside.Anything)
            .ShouldBeOfType<Capture.Taken>().Operation.Id;
    }

    [Fact]
    public void What_is_kept_of_an_event_is_something_that_can_be_stored()
    {
        var huge = new JsonObject { ["operation"] = new JsonObject { ["operation_type"] = "charge" }, ["text"] = new string('x', 100_000) };

        var taken = Judge(new BusEvent("payment.failed", huge)).ShouldBeOfType<Capture.Taken>();

        RetryValidator.FaultsOf([taken.Operation]).ShouldBeEmpty();
        taken.Operation.OriginalEvent!.Value.GetProperty("event_type").GetString().ShouldBe("payment.failed");
    }

    [Fact]
    public void A_notice_can_be_stored_whatever_the_event_is()
    {
        var odd = new BusEvent("payment.failed", new OperationFailure(null, "\0\ud800"), new EventMetadata { Source = "\0" });

        RetryValidator.FaultsOf([NotExecutable.Of(odd, new string('\0', 10_000))]).ShouldBeEmpty();
    }

    [Fact]
    public void So_many_notices_in_a_minute_are_enough()
    {
        var clock = new Holdfast.Testing.ManualTimeProvider(Some.Instant);
        var limit = new NoticeLimit(2, clock);

        (limit.TryTake(), limit.TryTake(), limit.TryTake()).ShouldBe((true, true, false));
        clock.Advance(TimeSpan.FromMinutes(1));
        limit.TryTake().ShouldBeTrue();
    }

    private static Capture Judge(BusEvent failure) => CaptureRules.Judge(failure, Outside.Nothing);
}
