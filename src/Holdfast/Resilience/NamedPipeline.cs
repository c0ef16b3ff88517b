using Polly;

namespace Holdfast.Resilience;

/// <summary>
/// One way to reach a dependency, under a name: timeout, around retry, around breaker, around attempt timeout. The breaker stands inside
/// the retry, so that real failures open it and not exhausted operations. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A call throws what the operation threw; <see cref="Polly.CircuitBreaker.BrokenCircuitException"/> with <c>RetryAfter</c> when the
/// circuit is open; <see cref="Polly.Timeout.TimeoutRejectedException"/> when it took too long; <see cref="OperationCanceledException"/>
/// when its caller gave up. For calls that must not allocate, take <see cref="For{T}"/> and its <c>ExecuteOutcomeAsync</c>.
/// </remarks>
public sealed class NamedPipeline
{
    private readonly OperationCounters _operations = new();
    private readonly PipelineHost _host;

    internal NamedPipeline(string name, NamedPipelineOptions options, CircuitBreakerHandle breaker, PipelineHost host)
    {
        Name = name;
        Options = options;
        Breaker = breaker;
        Retry = new RetryHandle(name);
        _host = host;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What is particular to it.</summary>
    public NamedPipelineOptions Options { get; }

    /// <summary>Its breaker, shared with the other pipelines of the same dependency.</summary>
    public CircuitBreakerHandle Breaker { get; }

    /// <summary>The numbers of its retry.</summary>
    public RetryHandle Retry { get; }

    /// <summary>The Polly pipeline for calls that return <typeparamref name="T"/>. It may be kept: changed settings reach it.</summary>
    public ResiliencePipeline<T> For<T>() => _host.Pipelines.Get<T>(Name, Build);

    /// <summary>Calls the operation.</summary>
    public ValueTask<T> ExecuteAsync<T>(Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken = default) =>
        For<T>().ExecuteAsync(operation, cancellationToken);

    /// <summary>Calls the operation with the state, so that it need not capture anything.</summary>
    public ValueTask<T> ExecuteAsync<TState, T>(
        Func<TState, CancellationToken, ValueTask<T>> operation, TState state, CancellationToken cancellationToken = default) =>
        For<T>().ExecuteAsync(operation, state, cancellationToken);

    /// <summary>Calls the operation.</summary>
    public async ValueTask ExecuteAsync(Func<CancellationToken, ValueTask> operation, CancellationToken cancellationToken = default) =>
        await For<Nothing>().ExecuteAsync(
            static async (Func<CancellationToken, ValueTask> call, CancellationToken token) =>
            {
                await call(token);
                return default(Nothing);
            },
            operation,
            cancellationToken);

    /// <summary>Calls the operation and blocks until it has ended, delays included.</summary>
    /// <exception cref="ArgumentException">The operation is asynchronous: it would count as a success as soon as it has begun.</exception>
    public T Execute<T>(Func<CancellationToken, T> operation, CancellationToken cancellationToken = default)
    {
        if (typeof(Task).IsAssignableFrom(typeof(T)) || typeof(T) == typeof(ValueTask)
            || (typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(ValueTask<>)))
        {
            throw new ArgumentException("An asynchronous operation has to be called with ExecuteAsync.", nameof(operation));
        }

        return For<T>().Execute(operation, cancellationToken);
    }

    /// <summary>Calls the operation and blocks until it has ended, delays included.</summary>
    public void Execute(Action<CancellationToken> operation, CancellationToken cancellationToken = default) =>
        For<Nothing>().Execute(
            static (Action<CancellationToken> call, CancellationToken token) =>
            {
                call(token);
                return default(Nothing);
            },
            operation,
            cancellationToken);

    /// <summary>Its numbers and the settings in effect.</summary>
    public PipelineSnapshot Snapshot()
    {
        var plan = _host.Plan();
        return new PipelineSnapshot
        {
            Name = Name,
            Enabled = plan.Enabled,
            Breaker = Breaker.Name,
            Timeout = plan.Timeout,
            AttemptTimeout = plan.AttemptTimeout,
            Retry = plan.Retry,
            Successes = _operations.Succeeded,
            Failures = _operations.Failed,
            Rejected = _operations.Rejected,
            Cancelled = _operations.Cancelled,
        };
    }

    /// <summary>Starts everything anew: closes the breaker, which it may share, and sets the counters of pipeline, retry and breaker to 0.</summary>
    /// <param name="actor">Who does it, for the audit.</param>
    /// <param name="reason">Why, for the audit.</param>
    public void Reset(string actor, string reason)
    {
        Breaker.Reset(actor, reason);
        Breaker.ResetCounters();
        ResetCounters();
    }

    internal void ResetCounters()
    {
        Retry.Reset();
        _operations.Reset();
    }

    private void Build<T>(ResiliencePipelineBuilder<T> builder)
    {
        var plan = _host.Plan();
        builder.AddStrategy(_ => new OperationCounterStrategy<T>(_operations), new OperationCounterStrategyOptions());
        if (plan.Enabled)
        {
            AddTimeout(builder, plan.Timeout, "Timeout");
            AddRetry(builder, plan.Retry);
            AddBreaker(builder);
        }

        AddTimeout(builder, plan.AttemptTimeout, "AttemptTimeout");
    }

    private void AddRetry<T>(ResiliencePipelineBuilder<T> builder, RetryOptions retry) => builder.AddBackoffRetry(new BackoffRetryOptions<T>
    {
        Retry = retry,
        Handle = Retry,
        Random = _host.Random,
        ShouldRetry = outcome => outcome.Exception is { } failure && Options.Classify(failure).IsTransient(),
    });

    // The settings of the breaker belong to the dependency and not to this pipeline: they are set where the breaker is made and reloaded.
    private void AddBreaker<T>(ResiliencePipelineBuilder<T> builder)
    {
        var options = new ConsecutiveCircuitBreakerStrategyOptions<T>
        {
            JudgesExceptionsOnly = true,
            ShouldIgnore = arguments => new ValueTask<bool>(arguments.Outcome.Exception is { } failure && !Options.Classify(failure).IsTransient()),
        };
        builder.AddStrategy(context => new ConsecutiveCircuitBreakerStrategy<T>(options, Breaker, context.Telemetry), options);
    }

    private static void AddTimeout<T>(ResiliencePipelineBuilder<T> builder, TimeSpan? timeout, string name)
    {
        if (timeout is { } time)
        {
            builder.AddTimeout(new Polly.Timeout.TimeoutStrategyOptions { Timeout = time, Name = name });
        }
    }

    /// <summary>What an operation returns that returns nothing.</summary>
    private readonly record struct Nothing;
}

/// <summary>What a pipeline is given by whoever made it.</summary>
/// <param name="Plan">What is in effect for it now.</param>
/// <param name="Pipelines">Builds and reloads.</param>
/// <param name="Random">Chance, for jitter.</param>
internal sealed record PipelineHost(Func<PipelinePlan> Plan, ReloadablePipelines Pipelines, Func<double> Random);
