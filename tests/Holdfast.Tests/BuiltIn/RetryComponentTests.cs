using System.Collections.Concurrent;
using Holdfast.BuiltIn.Retry;
using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Retries;
using Holdfast.Spool;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.BuiltIn;

public sealed class RetryComponentTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly EventBus _bus;
    private readonly ComponentHost _host;
    private readonly TrialQueue _queue = new();
    private readonly CaptureMetrics _metrics = new(new object());
    private readonly RecordingLogger<RetryComponent> _logger = new();

    public RetryComponentTests()
    {
        _bus = new EventBus(time: _time);
        _host = new ComponentHost([new RetryComponent(_queue, Outside.Anything, _metrics, _time, () => 0.5, _logger)], _bus, time: _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(new CancellationToken(canceled: true));
        await _host.DisposeAsync();
        await _bus.DisposeAsync();
        _metrics.Dispose();
    }

    [Fact]
    public async Task A_failure_on_the_bus_becomes_an_item()
    {
        await _host.StartAsync(TestContext.Current.CancellationToken);

        _bus.Publish("payment.failed", new OperationFailure(new RetryDraft { OperationType = "charge" }, "away")).Accepted.ShouldBe(1);

        await RetryRig.UntilAsync(() => _queue.Taken.Any(draft => draft.OperationType == "charge"), "it is in the queue");
    }

    [Fact]
    public async Task What_carries_no_operation_becomes_a_notice()
    {
        await _host.StartAsync(TestContext.Current.CancellationToken);

        _bus.Publish("payment.failed", "away");

        await RetryRig.UntilAsync(() => !_queue.Taken.IsEmpty, "it is in the queue");
        _queue.Taken.ShouldHaveSingleItem().OperationType.ShouldBe("not_executable");
    }

    [Fact]
    public async Task An_operation_that_breaks_a_rule_becomes_a_notice_that_says_so()
    {
        await _host.StartAsync(TestContext.Current.CancellationToken);

        _bus.Publish("payment.failed", new RetryDraft { OperationType = "charge", MaxRetries = 0 });

        await RetryRig.UntilAsync(() => !_queue.Taken.IsEmpty, "it is in the queue");
        _queue.Taken.ShouldHaveSingleItem().Payload.GetProperty("why").GetString()!.ShouldContain("max_retries");
    }

    [Fact]
    public async Task While_nothing_can_be_kept_failures_wait_and_the_component_is_degraded()
    {
        _queue.Fault = new SpoolFullException("It is full.", TimeSpan.FromSeconds(5));
        await _host.StartAsync(TestContext.Current.CancellationToken);
        await RetryRig.UntilAsync(() => State == ComponentState.Ready, "it is ready");

        _bus.Publish("payment.failed", new RetryDraft { OperationType = "charge" });
        await RetryRig.UntilAsync(() => State == ComponentState.Degraded, "it is degraded");
        _queue.Fault = null;

        await PassUntilAsync(() => !_queue.Taken.IsEmpty && State == ComponentState.Ready, "it is kept after all");
    }

    [Fact]
    public async Task While_one_waits_the_component_is_degraded_once_and_not_again_at_each_attempt()
    {
        var states = new ConcurrentQueue<string>();
        _bus.Subscribe("component.*", told => states.Enqueue(told.Type));
        _queue.Fault = new SpoolFullException("It is full.", TimeSpan.FromSeconds(5));
        await _host.StartAsync(TestContext.Current.CancellationToken);
        await RetryRig.UntilAsync(() => State == ComponentState.Ready, "it is ready");

        _bus.Publish("payment.failed", new RetryDraft { OperationType = "charge" });
        await PassUntilAsync(() => _queue.Attempts >= 4, "it has been tried again and again");
        _queue.Fault = null;
        await PassUntilAsync(() => !_queue.Taken.IsEmpty && State == ComponentState.Ready, "it is kept after all");

        await RetryRig.UntilAsync(() => states.Count >= 4, "all is told");
        states.ShouldBe(["component.starting", "component.ready", "component.degraded", "component.ready"]);
    }

    private ComponentState State => _host.Statuses.Single().State;

    // In steps: what waits is degraded before it has begun to wait, and so before there is a timer that a single step could fire.
    private Task PassUntilAsync(Func<bool> condition, string what) => RetryRig.UntilAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return condition();
        },
        what);

    private sealed class TrialQueue : IRetryQueue
    {
        public ConcurrentQueue<RetryDraft> Taken { get; } = [];

        public Exception? Fault { get; set; }

        public int Attempts { get; private set; }

        public ValueTask<EnqueuedRetry> EnqueueAsync(RetryDraft draft, CancellationToken cancellationToken = default)
        {
            Attempts++;
            if (Fault is { } fault)
            {
                throw fault;
            }

            var item = RetryValidator.Check([draft], new RetryQueueOptions(), Some.Instant)[0];
            Taken.Enqueue(draft);
            return ValueTask.FromResult(new EnqueuedRetry(item.Id, EnqueueStatus.Created));
        }

        public ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(IReadOnlyList<RetryDraft> drafts, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
