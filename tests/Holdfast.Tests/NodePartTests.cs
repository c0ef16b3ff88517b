using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Lifecycle;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests;

/// <summary>A part of the node as the list of components shows it.</summary>
public sealed class NodePartTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly BreakableLoop _loop = new();
    private readonly LoopHost _loops;
    private readonly NodePart _part;
    private readonly ComponentHost _host;

    public NodePartTests()
    {
        _loops = new LoopHost([_loop], _time, new RecordingLogger<LoopHost>());
        _part = new NodePart(new PartPlan("recording", [_loop], UsesStore: true), _loops);
        _host = new ComponentHost(null, [], new EventBus(time: _time), new ComponentHostOptions { Enabled = [] }, _time, null, [_part]);
    }

    public async ValueTask InitializeAsync()
    {
        _loops.Start();
        await _host.StartAsync();
        await _host.WhenSettledAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _loops.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task It_is_degraded_while_one_of_its_loops_has_failed_and_heals_with_it()
    {
        await _loop.Running.WaitAsync();
        var before = Status().State;
        _loop.Break();
        await Until(() => Status().State == ComponentState.Degraded);
        var reason = Status().Reasons.ShouldHaveSingleItem();
        var hadFailed = _part.HasFailedLoops;

        await Until(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return Status().State == ComponentState.Ready;
        });

        (before, hadFailed, _part.HasFailedLoops).ShouldBe((ComponentState.Ready, true, false));
        reason.ShouldStartWith("breakable failed");
    }

    [Fact]
    public void It_is_degraded_while_the_store_is_away_and_has_no_fault_of_its_own()
    {
        _part.OnStore(away: true);
        var away = Status();
        _part.OnStore(away: false);

        (away.State, away.Reasons.Single(), _part.HasFailedLoops).ShouldBe((ComponentState.Degraded, "the store does not answer", false));
        Status().State.ShouldBe(ComponentState.Ready);
    }

    [Fact]
    public void It_cannot_be_disabled_and_is_there_whatever_is_enabled()
    {
        ComponentHost Host(ComponentHostOptions options) => new(null, [new Plain()], new EventBus(), options, _time, null, [_part]);

        Host(new ComponentHostOptions { Enabled = ["plain"] }).Statuses.Select(one => one.Name).ShouldBe(["recording", "plain"]);
        Should.Throw<ComponentPlanException>(() => Host(new ComponentHostOptions { Disabled = ["recording"] }))
            .Faults.ShouldBe(["'recording' is a part of the server and cannot be disabled."]);
    }

    private ComponentStatus Status() => _host.Statuses.Single(one => one.Name == "recording");

    private static async Task Until(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }

    private sealed class BreakableLoop : ILoop
    {
        private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => "breakable";

        public SemaphoreSlim Running { get; } = new(0);

        public void Break() => _broken.TrySetException(new InvalidOperationException("broken"));

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            Running.Release();
            await (_broken.Task.IsCompleted ? Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken) : _broken.Task.WaitAsync(cancellationToken));
        }
    }

    private sealed class Plain : IComponent
    {
        public string Name => "plain";

        public ValueTask InitializeAsync(ComponentContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask StopAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
