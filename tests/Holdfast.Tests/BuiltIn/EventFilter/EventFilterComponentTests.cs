using System.Text.Json;
using System.Threading.Channels;
using Holdfast.BuiltIn;
using Holdfast.BuiltIn.EventFilter;
using Holdfast.BuiltIn.Retry;
using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Pipeline;
using Holdfast.Retries;
using Holdfast.Spool;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Tests.BuiltIn.EventFilter;

/// <summary>The component on a real bus and a real file.</summary>
public sealed class EventFilterComponentTests : IAsyncDisposable
{
    private static readonly EventDestination Record = new(PublishAs: null);

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly EventBus _bus;
    private readonly TrialIntake _intake = new();
    private readonly EventRuleMetrics _metrics = new(new object());
    private readonly EventRuleBook _book;
    private readonly ComponentHost _host;
    private readonly Heard _heard = new();

    public EventFilterComponentTests()
    {
        _bus = new EventBus(time: _time);
        _book = new EventRuleBook(FilePath);
        _host = new ComponentHost([new EventFilterComponent(_book, _intake, _metrics, NullLogger<EventFilterComponent>.Instance)], _bus, time: _time);
    }

    private string FilePath => Path.Combine(_directory.Path, "event-rules.json");

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _bus.DisposeAsync();
        _book.Dispose();
        _metrics.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task An_event_that_a_rule_means_is_recorded_with_what_it_says()
    {
        await StartAsync(new EventRule("open", "order.*", new EventCondition("state", "\"open\""), Record, Enabled: true));

        Publish("order.placed", """{"state":"closed"}""");
        Publish("shop.opened", """{"state":"open"}""");
        Publish("order.placed", """{"state":"open","lines":3}""");

        var recorded = await _intake.NextAsync();
        (recorded.EventType, recorded.Source, recorded.Timestamp).ShouldBe(("order.placed", "till", Some.Instant));
        recorded.Data["lines"]!.GetValue<int>().ShouldBe(3);
    }

    [Fact]
    public async Task Rules_cannot_feed_each_other()
    {
        _bus.Subscribe("*.again", _heard.HandleAsync);
        await StartAsync(
            new EventRule("all", "*.placed", null, new EventDestination("order.again"), Enabled: true),
            new EventRule("again", "*.again", null, new EventDestination("order.placed"), Enabled: true),
            new EventRule("kept", "*.again", null, Record, Enabled: true));

        Publish("order.placed", "{}");
        Publish("order.placed", "{}");
        await _heard.TypesAsync(2);
        await _host.StopAsync(TestContext.Current.CancellationToken);

        _heard.Rest().ShouldBeEmpty();
        _intake.HasNothing.ShouldBeTrue();
    }

    [Fact]
    public async Task A_rule_does_not_wait_for_room_in_its_own_queue()
    {
        _bus.Subscribe("order.again", _heard.HandleAsync);
        await StartAsync(new EventRule("again", "order.*", null, new EventDestination("order.again"), Enabled: true));
        var critical = new EventMetadata { Priority = EventPriority.Critical };

        var published = Enumerable.Range(0, 3_000).Select(_ => _bus.PublishAsync("order.placed", Json("{}"), critical).AsTask());
        await Task.WhenAll(published).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        (await _heard.TypesAsync(3_000)).ShouldAllBe(type => type == "order.again");
    }

    [Fact]
    public async Task Data_in_which_a_member_comes_twice_is_judged_by_the_last_of_them()
    {
        await StartAsync(new EventRule("open", "order.*", new EventCondition("state", "\"open\""), Record, Enabled: true));

        Publish("order.placed", """{"state":"closed","state":"open"}""");

        (await _intake.NextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).EventType.ShouldBe("order.placed");
    }

    [Fact]
    public async Task Rules_change_while_it_runs_and_one_that_stays_keeps_what_waits_for_it()
    {
        var stays = new EventRule("stays", "order.*", null, Record, Enabled: true);
        await StartAsync(stays, new EventRule("goes", "shop.*", null, Record, Enabled: true));
        _intake.Hold();
        Publish("order.1", "{}");
        Publish("order.2", "{}");

        await _book.ReplaceAsync([stays, new EventRule("comes", "till.*", null, Record, Enabled: true), new EventRule("off", "*", null, Record, Enabled: false)], TestContext.Current.CancellationToken);
        _intake.Release();
        Publish("shop.opened", "{}");
        Publish("till.opened", "{}");

        string[] recorded = [(await _intake.NextAsync()).EventType, (await _intake.NextAsync()).EventType, (await _intake.NextAsync()).EventType];
        recorded.ShouldBe(["order.1", "order.2", "till.opened"], ignoreOrder: true);
    }

    [Fact]
    public async Task What_cannot_be_recorded_now_is_a_failure_that_is_executed_again()
    {
        _bus.Subscribe("eventfilter.routing.failed", _heard.HandleAsync);
        _intake.Fault = new SpoolFullException("It is full.", TimeSpan.FromSeconds(5));
        await StartAsync(new EventRule("all", "order.*", null, Record, Enabled: true));

        Publish("order.placed", """{"lines":3}""");

        var failure = await _heard.NextAsync();
        var taken = CaptureRules.Judge(failure, Outside.Anything).ShouldBeOfType<Capture.Taken>().Operation;
        (taken.OperationType, taken.Target, taken.Payload.GetProperty("data").GetProperty("lines").GetInt32()).ShouldBe(("event_publish", "order.placed", 3));
    }

    [Fact]
    public async Task Two_events_of_one_cause_are_two_operations()
    {
        _bus.Subscribe("eventfilter.routing.failed", _heard.HandleAsync);
        _intake.Fault = new SpoolFullException("It is full.", TimeSpan.FromSeconds(5));
        await StartAsync(new EventRule("all", "order.*", null, Record, Enabled: true));
        var cause = new EventMetadata { CorrelationId = Guid.NewGuid() };

        _bus.Publish("order.placed", Json("{}"), cause);
        _bus.Publish("order.paid", Json("{}"), cause);

        var first = CaptureRules.Judge(await _heard.NextAsync(), Outside.Anything).ShouldBeOfType<Capture.Taken>().Operation;
        var second = CaptureRules.Judge(await _heard.NextAsync(), Outside.Anything).ShouldBeOfType<Capture.Taken>().Operation;
        first.CorrelationId.ShouldNotBe(second.CorrelationId, "the second would count as a repeat of the first");
    }

    [Fact]
    public async Task Without_rooms_a_message_is_told_to_have_failed_and_is_not_kept()
    {
        _bus.Subscribe("eventfilter.*", _heard.HandleAsync);
        await StartAsync(new EventRule("alert", "order.*", null, new EventDestination(null, "lobby"), Enabled: true));

        Publish("order.placed", "{}");

        var failure = await _heard.NextAsync();
        failure.DataAs<OperationFailure>().ErrorClass.ShouldBe("not_found");
        CaptureRules.Judge(failure, Outside.Anything).ShouldBeOfType<Capture.Ignored>();
    }

    [Fact]
    public async Task What_can_never_be_recorded_is_told_and_not_executed_again()
    {
        _bus.Subscribe("eventfilter.routing.failed", _heard.HandleAsync);
        _intake.Fault = new EventRejectedException([new EventError("event_type_format", "event_type", "Too long.")]);
        await StartAsync(new EventRule("all", "order.*", null, Record, Enabled: true));

        Publish("order.placed", "{}");

        CaptureRules.Judge(await _heard.NextAsync(), Outside.Anything).ShouldBeOfType<Capture.Ignored>();
    }

    [Fact]
    public async Task A_file_with_faults_fails_the_component_and_other_rules_heal_it()
    {
        _bus.Subscribe("eventfilter.database.failed", _heard.HandleAsync);
        await File.WriteAllTextAsync(FilePath, """{"rules":[{}]}""", TestContext.Current.CancellationToken);
        await _host.StartAsync(TestContext.Current.CancellationToken);
        await RetryRig.UntilAsync(() => _host.Statuses[0].State == ComponentState.Failed, "it has failed");

        await _book.ReplaceAsync([new EventRule("all", "order.*", null, Record, Enabled: true)], TestContext.Current.CancellationToken);
        await RetryRig.UntilAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return _host.Statuses[0].State == ComponentState.Ready;
            },
            "it is ready");

        Publish("order.placed", "{}");
        (await _heard.NextAsync()).DataAs<OperationFailure>().Error.ShouldContain("rules[0].name");
        (await _intake.NextAsync()).EventType.ShouldBe("order.placed");
    }

    [Fact]
    public async Task Rules_that_cannot_be_written_are_refused_and_the_old_ones_stay()
    {
        var old = new EventRule("old", "a", null, Record, Enabled: true);
        await _book.ReplaceAsync([old], TestContext.Current.CancellationToken);
        Directory.CreateDirectory(FilePath + ".next");

        await Should.ThrowAsync<EventRulesException>(() => _book.ReplaceAsync([], TestContext.Current.CancellationToken));

        _book.Current.ShouldBe([old]);
        using var again = new EventRuleBook(FilePath);
        (await again.ReadAsync(TestContext.Current.CancellationToken)).ShouldBe([old]);
    }

    [Fact]
    public void What_came_from_outside_and_what_the_server_tells_has_its_data() =>
        new[]
        {
            EventData.Of(new OutsideEvent(Guid.Empty, Json("""{"a":1}"""), Json("{}"))).ToJsonString(),
            EventData.Of(new OperationFailure(new RetryDraft { OperationType = "charge", Target = "bank" }, "away")).ToJsonString(),
            EventData.Of(new object()).ToJsonString(),
        }.ShouldBe(["""{"a":1}""", """{"operation_type":"charge","target":"bank","error":"away","error_class":null}""", "{}"]);

    private async Task StartAsync(params EventRule[] rules)
    {
        await _book.ReplaceAsync(rules, TestContext.Current.CancellationToken);
        await _host.StartAsync(TestContext.Current.CancellationToken);
        await RetryRig.UntilAsync(() => _host.Statuses[0].State == ComponentState.Ready, "it is ready");
    }

    private void Publish(string type, string data) => _bus.Publish(type, Json(data), new EventMetadata { Source = "till" });

    private static JsonElement Json(string json) => TrialHandler.Json(json);

    /// <summary>Keeps what it is given, can be held, and can refuse.</summary>
    private sealed class TrialIntake : IEventIntake
    {
        private readonly Channel<MonitoringEvent> _recorded = Channel.CreateUnbounded<MonitoringEvent>();
        private volatile TaskCompletionSource _gate = new();

        public TrialIntake() => Release();

        public bool HasNothing => !_recorded.Reader.TryPeek(out _);

        public Exception? Fault { get; set; }

        public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _gate.TrySetResult();

        public async ValueTask<EventReceipt> RecordAsync(MonitoringEvent monitoringEvent, CancellationToken cancellationToken = default)
        {
            await _gate.Task.WaitAsync(cancellationToken);
            if (Fault is { } fault)
            {
                throw fault;
            }

            _recorded.Writer.TryWrite(monitoringEvent);
            return new EventReceipt(Guid.Empty, Guid.Empty, 0);
        }

        public ValueTask<MonitoringEvent> NextAsync() => _recorded.Reader.ReadAsync(TestContext.Current.CancellationToken);
    }
}
