using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polly.CircuitBreaker;
using Polly.Telemetry;

namespace Holdfast.Resilience;

/// <summary>
/// The named pipelines of a process and the breakers they share. Settings may change at any time with <see cref="Apply"/>: they reach
/// pipelines that are in use, and breakers keep their state. Safe for concurrent use.
/// </summary>
public sealed class ResiliencePipelines : IDisposable
{
    /// <summary>Pipelines, and breakers, there can be: names come from code and configuration, never from data.</summary>
    public const int CountMax = 1_000;

    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly ILogger _logger;
    private readonly TelemetryListener? _listener;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, NamedPipeline> _named = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, OwnBreaker> _breakers = new(StringComparer.Ordinal);
    private readonly TransitionObservers _observers;
    private ReloadablePipelines _pipelines;
    private volatile ResilienceOptions _options = new();

    /// <summary>Makes it with the default settings and without pipelines.</summary>
    /// <param name="time">Where all time comes from; null: the system's.</param>
    /// <param name="random">Returns a number in [0, 1), for jitter; null: a generator of its own.</param>
    /// <param name="logger">Hears of the moves of breakers and of settings that were not taken.</param>
    /// <param name="listener">Gets Polly's telemetry, <see cref="PollyMeterListener"/> for example; null: nobody does.</param>
    public ResiliencePipelines(
        TimeProvider? time = null, Func<double>? random = null, ILogger<ResiliencePipelines>? logger = null, TelemetryListener? listener = null)
    {
        _time = time ?? TimeProvider.System;
        _random = random ?? RandomNumbers.Create();
        _logger = logger ?? NullLogger<ResiliencePipelines>.Instance;
        _listener = listener;
        _observers = new TransitionObservers(_logger);
        _pipelines = new ReloadablePipelines(_time, listener);
    }

    /// <summary>The settings in effect.</summary>
    public ResilienceOptions Options => _options;

    /// <summary>The pipeline of this name; it is made when there is none, and the options count only then.</summary>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">There are <see cref="CountMax"/> already.</exception>
    public NamedPipeline GetOrAdd(string name, NamedPipelineOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (_named.TryGetValue(name, out var pipeline))
        {
            return pipeline;
        }

        var own = (options ?? new NamedPipelineOptions()).Validated();
        lock (_gate)
        {
            return _named.TryGetValue(name, out pipeline) ? pipeline : Add(name, own);
        }
    }

    /// <summary>The pipeline of this name, or null.</summary>
    public NamedPipeline? Get(string name) => _named.GetValueOrDefault(name);

    /// <summary>The breaker of this name; it is made when there is none, and the options count only then.</summary>
    /// <param name="name">Name of the dependency.</param>
    /// <param name="options">Its settings; null: those of the product, also when they change.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">There are <see cref="CountMax"/> already.</exception>
    public CircuitBreakerHandle GetOrAddBreaker(string name, CircuitBreakerOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        options?.Validated();
        lock (_gate)
        {
            return _breakers.TryGetValue(name, out var known) ? known.Handle : AddBreaker(name, options);
        }
    }

    /// <summary>The breaker of this name, or null.</summary>
    public CircuitBreakerHandle? GetBreaker(string name) => _breakers.GetValueOrDefault(name)?.Handle;

    /// <summary>
    /// Takes new settings, at once and for everything. One that is wrong keeps its last good value and is logged; its neighbours are taken.
    /// </summary>
    /// <returns>What was wrong, each with its key; empty when all was taken.</returns>
    public IReadOnlyList<ResilienceFault> Apply(ResilienceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var faults = ResilienceOptionsValidator.Validate(options);
        foreach (var fault in faults)
        {
            _logger.SettingRefused(fault.Key, fault.Message);
        }

        lock (_gate)
        {
            var repaired = ResilienceOptionsValidator.Repair(options, _options);
            if (repaired != _options)
            {
                _options = repaired;
                ReloadNeedsLock();
            }
        }

        return faults;
    }

    /// <summary>Tells the observer of every move of every breaker, in order for each breaker, until it is disposed of.</summary>
    public IDisposable Subscribe(Action<CircuitTransition> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return _observers.Subscribe(observer);
    }

    /// <summary>All numbers of all pipelines and breakers.</summary>
    public ResilienceSnapshot Snapshot()
    {
        // Read once: the lists of pipelines and retries belong together, one by one, also while a pipeline is made.
        var named = _named.Values.OrderBy(pipeline => pipeline.Name, StringComparer.Ordinal).ToList();
        return new ResilienceSnapshot
        {
            Breakers = [.. _breakers.Values.Select(breaker => breaker.Handle.Snapshot()).OrderBy(breaker => breaker.Name, StringComparer.Ordinal)],
            Pipelines = [.. named.Select(pipeline => pipeline.Snapshot())],
            Retries = [.. named.Select(pipeline => pipeline.Retry.Snapshot())],
            At = _time.GetUtcNow(),
        };
    }

    /// <summary>Starts one pipeline anew: see <see cref="NamedPipeline.Reset"/>. False when there is none of this name.</summary>
    public bool Reset(string name, string actor, string reason)
    {
        var pipeline = Get(name);
        pipeline?.Reset(actor, reason);
        return pipeline is not null;
    }

    /// <summary>Starts all pipelines and breakers anew.</summary>
    public void ResetAll(string actor, string reason)
    {
        foreach (var pipeline in _named.Values)
        {
            pipeline.ResetCounters();
        }

        foreach (var breaker in _breakers.Values)
        {
            breaker.Handle.Reset(actor, reason);
            breaker.Handle.ResetCounters();
        }
    }

    /// <summary>
    /// Forgets all pipelines and breakers. Who still holds one can go on with it, with the settings it had, but it is in no snapshot any more.
    /// </summary>
    public void Clear()
    {
        lock (_gate)
        {
            _named.Clear();
            _breakers.Clear();

            // The old ones must not be reloaded for ever, and Polly's registry cannot forget.
            _pipelines.Dispose();
            _pipelines = new ReloadablePipelines(_time, _listener);
        }
    }

    /// <summary>Changed settings reach no pipeline any more.</summary>
    public void Dispose() => _pipelines.Dispose();

    private NamedPipeline Add(string name, NamedPipelineOptions options)
    {
        ThrowIfFull(_named.Count, "pipelines");
        var breaker = _breakers.TryGetValue(options.Breaker, out var known) ? known.Handle : AddBreaker(options.Breaker, null);
        var pipeline = new NamedPipeline(name, options, breaker, new PipelineHost(() => PipelinePlan.Of(name, options, _options), _pipelines, _random));
        _named[name] = pipeline;
        return pipeline;
    }

    private CircuitBreakerHandle AddBreaker(string name, CircuitBreakerOptions? options)
    {
        ThrowIfFull(_breakers.Count, "breakers");
        var handle = new CircuitBreakerHandle(name, PipelinePlan.BreakerOf(options, _options), _time, new TransitionObservers(_logger, _observers));
        handle.Subscribe(Log);
        _breakers[name] = new OwnBreaker(handle, options);
        return handle;
    }

    private void ReloadNeedsLock()
    {
        foreach (var (handle, own) in _breakers.Values)
        {
            handle.Configure(PipelinePlan.BreakerOf(own, _options));
        }

        _pipelines.Reload();
    }

    private void Log(CircuitTransition transition)
    {
        var (from, to) = (ResilienceNames.Of(transition.From), ResilienceNames.Of(transition.To));
        if (transition.IsManual)
        {
            _logger.CircuitMovedByHand(transition.Breaker, transition.Actor!, from, to, transition.Reason!);
        }
        else if (transition.To == CircuitState.Open)
        {
            _logger.CircuitOpened(transition.Breaker, from, to, ResilienceNames.Of(transition.Cause), Detail(transition));
        }
        else
        {
            _logger.CircuitMoved(transition.Breaker, from, to, ResilienceNames.Of(transition.Cause));
        }
    }

    private static string Detail(CircuitTransition transition) =>
        $"it is probed again in {transition.BreakDuration.GetValueOrDefault().TotalSeconds:F1} s; the last failure was {transition.Failure ?? "a result"}";

    private static void ThrowIfFull(int count, string what)
    {
        if (count >= CountMax)
        {
            throw new InvalidOperationException($"There are {CountMax} {what} already. Names must come from code or configuration, not from data.");
        }
    }

    private sealed record OwnBreaker(CircuitBreakerHandle Handle, CircuitBreakerOptions? Options);
}
