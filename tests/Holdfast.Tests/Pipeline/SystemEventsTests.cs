using Holdfast.Pipeline;
using Holdfast.Resilience;
using Holdfast.Spool;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Pipeline;

public sealed class SystemEventsTests : IDisposable
{
    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly Intake _intake = new();
    private readonly ResiliencePipelines _pipelines;
    private readonly CircuitBreakerHandle _breaker;
    private readonly SystemEvents _events;
    private readonly RecordingLogger<SystemEvents> _log = new();

    public SystemEventsTests()
    {
        _pipelines = new ResiliencePipelines(_time);
        _breaker = _pipelines.GetOrAddBreaker(PipelineNames.Database);
        _events = new SystemEvents(_intake, _time, _log);
        _pipelines.Subscribe(transition => _events.Note(CircuitEvents.Of(transition)));
    }

    public void Dispose() => _pipelines.Dispose();

    [Fact]
    public async Task Moves_are_recorded_in_order_with_who_made_them()
    {
        using var stop = new CancellationTokenSource();
        var running = _events.RunAsync(stop.Token);
        _breaker.Isolate("local", "test");
        _breaker.Reset("local", "test");
        await _intake.Recorded.WaitAsync();
        await _intake.Recorded.WaitAsync();
        await stop.CancelAsync();
        await running;

        _intake.Events.Select(e => e.EventType).ShouldBe(["circuit_breaker_open", "circuit_breaker_close"]);
        _intake.Events.ShouldAllBe(e => e.Source == "holdfast" && e.EventId != null && (string?)e.Data["actor"] == "local");
    }

    [Fact]
    public async Task A_spool_that_takes_nothing_is_asked_again_until_it_does()
    {
        _intake.Fault = new SpoolFullException("Full.", TimeSpan.FromSeconds(1));
        using var stop = new CancellationTokenSource();
        _breaker.Isolate("local", "test");
        var running = _events.RunAsync(stop.Token);
        await _intake.Refused.WaitAsync();

        _intake.Fault = null;
        while (!_intake.Recorded.Wait(0))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await stop.CancelAsync();
        await running;
        _intake.Events.ShouldHaveSingleItem().EventType.ShouldBe("circuit_breaker_open");
    }

    [Fact]
    public async Task What_happened_on_the_way_out_is_recorded_and_what_cannot_be_is_told()
    {
        _breaker.Isolate("local", "test");
        _breaker.Reset("local", "test");
        await _events.RunAsync(new CancellationToken(canceled: true));
        _intake.Events.Count.ShouldBe(2);

        _intake.Fault = new SpoolFullException("Full.", TimeSpan.FromSeconds(1));
        _breaker.Isolate("local", "test");
        await _events.RunAsync(new CancellationToken(canceled: true));

        _log.All.ShouldHaveSingleItem().ShouldContain("circuit_breaker_open");
    }

    private sealed class Intake : IEventIntake
    {
        public List<MonitoringEvent> Events { get; } = [];

        public SemaphoreSlim Recorded { get; } = new(0);

        public SemaphoreSlim Refused { get; } = new(0);

        public volatile Exception? Fault;

        public ValueTask<EventReceipt> RecordAsync(MonitoringEvent monitoringEvent, CancellationToken cancellationToken = default)
        {
            if (Fault is { } fault)
            {
                Refused.Release();
                return ValueTask.FromException<EventReceipt>(fault);
            }

            Events.Add(monitoringEvent);
            Recorded.Release();
            return ValueTask.FromResult(new EventReceipt(monitoringEvent.EventId!.Value, Guid.Empty, Events.Count));
        }
    }
}
