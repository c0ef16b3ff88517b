using Holdfast.Resilience;
using Holdfast.Testing;
using Polly;
using Polly.CircuitBreaker;

namespace Holdfast.Tests.Resilience;

/// <summary>A breaker with the default thresholds (5 failures, 60 s, 2 probes, lease 30 s), a clock, and calls that do what the test says.</summary>
internal sealed class BreakerRig
{
    public static readonly TimeSpan Break = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly ConsecutiveCircuitBreakerStrategyOptions<string> _options;

    public BreakerRig(Action<ConsecutiveCircuitBreakerStrategyOptions<string>>? configure = null)
    {
        Handle = new CircuitBreakerHandle("database", time: Clock);
        Handle.Subscribe(Transitions.Add);
        _options = new ConsecutiveCircuitBreakerStrategyOptions<string> { Handle = Handle };
        configure?.Invoke(_options);
        Pipeline = Build();
    }

    public ManualTimeProvider Clock { get; } = new();

    public CircuitBreakerHandle Handle { get; }

    public ResiliencePipeline<string> Pipeline { get; private set; }

    public List<CircuitTransition> Transitions { get; } = [];

    public CircuitState State => Handle.State;

    public CircuitBreakerSnapshot Now => Handle.Snapshot();

    /// <summary>A rig whose circuit is in the state.</summary>
    public static async Task<BreakerRig> InAsync(CircuitState state, Action<ConsecutiveCircuitBreakerStrategyOptions<string>>? configure = null)
    {
        var rig = new BreakerRig(configure);
        switch (state)
        {
            case CircuitState.Isolated:
                rig.Handle.Isolate("test", "test");
                break;
            case CircuitState.Open:
                await rig.FailAsync(rig.Now.Options.FailureThreshold);
                break;
            case CircuitState.HalfOpen:
                await rig.FailAsync(rig.Now.Options.FailureThreshold);
                rig.Clock.Advance(Break);
                await rig.CancelAsync();
                break;
        }

        rig.State.ShouldBe(state);
        return rig;
    }

    /// <summary>Builds the pipeline again upon the same handle, as a reload does.</summary>
    public void Reload(Action<ConsecutiveCircuitBreakerStrategyOptions<string>> configure)
    {
        configure(_options);
        Pipeline = Build();
    }

    public async Task<Exception?> SucceedAsync() => await RunAsync(static _ => ValueTask.FromResult("done"));

    public async Task<Exception?> FailAsync(int times = 1)
    {
        Exception? last = null;
        for (var i = 0; i < times; i++)
        {
            last = await RunAsync(static _ => throw new InvalidOperationException("down"));
        }

        return last;
    }

    public async Task<Exception?> CancelAsync()
    {
        using var giveUp = new CancellationTokenSource();
        return await RunAsync(
            async token =>
            {
                await giveUp.CancelAsync();
                token.ThrowIfCancellationRequested();
                return "never";
            },
            giveUp.Token);
    }

    /// <summary>Begins a call that ends when the test says so.</summary>
    public HungCall Hang() => new(this);

    public async Task<Exception?> RunAsync(Func<CancellationToken, ValueTask<string>> call, CancellationToken cancellationToken = default)
    {
        try
        {
            await Pipeline.ExecuteAsync(call, cancellationToken);
            return null;
        }
        catch (Exception fault)
        {
            return fault;
        }
    }

    private ResiliencePipeline<string> Build() =>
        new ResiliencePipelineBuilder<string> { TimeProvider = Clock, Name = "test" }.AddConsecutiveCircuitBreaker(_options).Build();
}

/// <summary>A call that has begun.</summary>
internal sealed class HungCall
{
    private readonly TaskCompletionSource<string> _end = new();
    private readonly Task<Exception?> _call;

    public HungCall(BreakerRig rig) => _call = rig.RunAsync(_ => new ValueTask<string>(_end.Task));

    public bool Began => !_call.IsCompleted;

    public async Task SucceedAsync()
    {
        _end.SetResult("late");
        await _call;
    }

    public async Task FailAsync()
    {
        _end.SetException(new InvalidOperationException("late"));
        await _call;
    }
}
