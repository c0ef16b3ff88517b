using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Spool;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Retries;

/// <summary>Events that are published again and statements that are executed again.</summary>
public class BuiltInHandlersTests
{
    private readonly TrialIntake _intake = new();
    private readonly TrialExecutor _executor = new();

    [Fact]
    public async Task An_event_is_recorded_once_however_often_it_is_tried()
    {
        var context = Context("order.failed", """{"data": {"order": 17}, "source": "shop", "timestamp": "2026-01-01T00:00:00Z", "category": "critical"}""");

        var outcome = await new EventPublishHandler(_intake).HandleAsync(context, CancellationToken.None);

        outcome.ShouldBe(RetryOutcome.Done);
        var recorded = _intake.Recorded.ShouldHaveSingleItem();
        (recorded.EventType, recorded.Source, recorded.EventId, recorded.Category).ShouldBe(("order.failed", "shop", context.Id, EventCategory.Critical));
        recorded.Data["order"]!.GetValue<int>().ShouldBe(17);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"data": 1}""")]
    [InlineData("""{"typ": "x"}""")]
    [InlineData("""{"category": "nothing"}""")]
    public async Task What_is_no_event_fails_at_once(string payload) =>
        (await new EventPublishHandler(_intake).HandleAsync(Context("x", payload), CancellationToken.None)).ShouldBeOfType<RetryOutcome.FailOutcome>();

    [Fact]
    public async Task An_event_that_is_refused_fails_and_one_without_room_waits()
    {
        var handler = new EventPublishHandler(_intake);

        _intake.Fault = new EventRejectedException([new EventError("size", "data", "Too large.")]);
        var refused = await handler.HandleAsync(Context("x"), CancellationToken.None);
        _intake.Fault = new SpoolFullException("Full.", TimeSpan.FromSeconds(7));
        var waits = await handler.HandleAsync(Context("x"), CancellationToken.None);

        refused.ShouldBeOfType<RetryOutcome.FailOutcome>();
        waits.ShouldBe(RetryOutcome.Snooze(TimeSpan.FromSeconds(7)));
    }

    [Fact]
    public async Task A_statement_has_its_values_as_json_has_them()
    {
        var payload = """{"sql": "update t set a = $1", "parameters": [null, true, 17, 1.5, "text", {"a": [1]}]}""";

        var outcome = await new SqlOperationHandler(_executor).HandleAsync(Context("", payload), CancellationToken.None);

        outcome.ShouldBe(RetryOutcome.Done);
        _executor.Executed!.Sql.ShouldBe("update t set a = $1");
        _executor.Executed.Parameters.ShouldBe(
            [new("", null), new("", true), new("", 17L), new("", 1.5), new("", "text"), new("", new SqlJson("""{"a": [1]}"""))]);
    }

    [Fact]
    public async Task Values_may_have_names()
    {
        await new SqlOperationHandler(_executor).HandleAsync(Context("", """{"sql": "s", "parameters": {"id": 1}}"""), CancellationToken.None);

        _executor.Executed!.Parameters.ShouldBe([new SqlValue("id", 1L)]);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"sql": 1}""")]
    [InlineData("""{"sql": "s", "parameters": 1}""")]
    public async Task What_is_no_statement_fails_at_once(string payload) =>
        (await new SqlOperationHandler(_executor).HandleAsync(Context("", payload), CancellationToken.None)).ShouldBeOfType<RetryOutcome.FailOutcome>();

    [Fact]
    public async Task A_statement_that_is_refused_fails_and_one_that_was_not_attempted_spends_no_attempt()
    {
        var handler = new SqlOperationHandler(_executor);
        var payload = """{"sql": "s"}""";

        _executor.Fault = new SqlOperationRefusedException("42601", "syntax error", inner: null);
        var refused = await handler.HandleAsync(Context("", payload), CancellationToken.None);
        _executor.Fault = new StoreUnavailableException("circuit_open", "open", inner: null) { RetryAfter = TimeSpan.FromSeconds(30) };
        var waits = await handler.HandleAsync(Context("", payload), CancellationToken.None);
        _executor.Fault = new SqlOperationBusyException();
        var busy = await handler.HandleAsync(Context("", payload), CancellationToken.None);
        _executor.Fault = TrialRetryStore.Away;
        var away = () => handler.HandleAsync(Context("", payload), CancellationToken.None);

        refused.ShouldBe(RetryOutcome.Fail("42601: syntax error"));
        waits.ShouldBe(RetryOutcome.Snooze(TimeSpan.FromSeconds(30)));
        busy.ShouldBe(RetryOutcome.Snooze(TimeSpan.FromSeconds(1)));
        await away.ShouldThrowAsync<StoreUnavailableException>();
    }

    [Fact]
    public void Only_a_statement_never_comes_from_outside()
    {
        IRetryHandler[] handlers = [new SqlOperationHandler(_executor), new EventPublishHandler(_intake)];

        var known = new RetryHandlers(handlers, new RecordingLogger<RetryHandlers>());

        known.AllowsExternal("sql_operation").ShouldBeFalse();
        known.AllowsExternal("event_publish").ShouldBeTrue();
        known.AllowsExternal("unknown").ShouldBeFalse();
    }

    private static RetryContext Context(string target, string payload = "{}") => new()
    {
        Id = new Guid("0195b9a0-1111-7000-8000-000000000001"),
        OperationType = "any",
        Target = target,
        Payload = TrialHandler.Json(payload),
        Attempt = 1,
        MaxRetries = 3,
        Token = 1,
    };

    private sealed class TrialIntake : IEventIntake
    {
        public List<MonitoringEvent> Recorded { get; } = [];

        public Exception? Fault { get; set; }

        public ValueTask<EventReceipt> RecordAsync(MonitoringEvent monitoringEvent, CancellationToken cancellationToken = default)
        {
            Recorded.Add(monitoringEvent);
            return Fault is null ? ValueTask.FromResult(new EventReceipt(monitoringEvent.EventId!.Value, Guid.Empty, 1)) : throw Fault;
        }
    }

    private sealed class TrialExecutor : ISqlOperationExecutor
    {
        public SqlOperation? Executed { get; private set; }

        public Exception? Fault { get; set; }

        public Task<long> ExecuteAsync(SqlOperation operation, CancellationToken cancellationToken)
        {
            Executed = operation;
            return Fault is null ? Task.FromResult(1L) : throw Fault;
        }
    }
}
