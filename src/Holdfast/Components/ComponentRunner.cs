using Holdfast.Events;
using Microsoft.Extensions.Logging;

namespace Holdfast.Components;

/// <summary>The life of one component: wait for whom it needs, start, be ready, fail, start again, stop.</summary>
internal sealed class ComponentRunner : IDisposable
{
    private readonly IComponent _component;
    private readonly BusEndpoint _bus;
    private readonly ComponentHostOptions _options;
    private readonly ComponentCalls _calls;
    private readonly ComponentContext _context;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _life = Task.CompletedTask;
    private bool _initialized;
    private bool _begun;
    private volatile bool _forgotten;

    public ComponentRunner(IComponent component, ComponentNode node, BusEndpoint bus, ComponentHostOptions options, TimeProvider time, Func<double> random, ILogger logger)
    {
        (_component, _bus, _options, _time, _random, _logger) = (component, bus, options, time, random, logger);
        Condition = new ComponentCondition(node, bus, time, logger);
        _calls = new ComponentCalls(node.Name, time, logger);
        _context = new ComponentContext(bus, time, Condition);
    }

    public ComponentCondition Condition { get; }

    /// <summary>Its first start has ended, well or not, or it waits for one that it needs: who can do without it need not wait.</summary>
    public Task Settled => _settled.Task;

    public Task Stopped => _stopped.Task;

    public ComponentProgress Progress => new(_component.Name, Condition.Snapshot().State, _bus.EventsHandled, _bus.IsIdle, Condition.Node.IsPart);

    private TimeSpan StartTimeout => _component.StartTimeout ?? _options.StartTimeout;

    private TimeSpan StopBudget => _component.StopBudget ?? _options.StopBudget;

    /// <summary>Lets it subscribe. One that cannot is tried again with its start; the others go on.</summary>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SubscribeAsync(cancellationToken);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            Fail(fault);
            _bus.EndSubscriptions();
        }
    }

    public void Run(IReadOnlyList<ComponentRunner> hard, IReadOnlyList<ComponentRunner> soft) => _life = Task.Run(() => LiveAsync(hard, soft), CancellationToken.None);

    /// <summary>Ends the life that it has, and begins another one with new subscriptions: those that it had may be what hangs.</summary>
    public void Restart(Exception why)
    {
        _forgotten = true;
        Condition.Break(why);
    }

    /// <summary>Stops it once those that depend on it have stopped. What does not end within its budget is left behind.</summary>
    public async Task StopAsync(IReadOnlyList<ComponentRunner> dependents, CancellationToken cancellationToken)
    {
        await Task.WhenAll(dependents.Select(one => one.Stopped));
        try
        {
            await _calls.CancelAsync(_stop);
            await _life;
            Condition.Stopped(_begun ? await EndAsync(cancellationToken) : null);
        }
        finally
        {
            // Whatever went wrong: those that it needs wait for it with their own stop.
            _bus.Dispose();
            _settled.TrySetResult();
            _stopped.TrySetResult();
        }
    }

    public void Dispose() => _stop.Dispose();

    private async Task LiveAsync(IReadOnlyList<ComponentRunner> hard, IReadOnlyList<ComponentRunner> soft)
    {
        try
        {
            await WaitForNeededAsync(hard, soft);
            for (var failures = 0; ; failures++)
            {
                await WaitForHardAsync(hard);
                failures = await LiveOnceAsync(again: failures > 0) ? 0 : failures;
                await RestAsync(failures);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The host stops it, and does what is left to do.
        }
        catch (Exception fault) when (_stop.IsCancellationRequested)
        {
            _logger.Failed(fault, _component.Name);
        }
    }

    private async Task WaitForNeededAsync(IReadOnlyList<ComponentRunner> hard, IReadOnlyList<ComponentRunner> soft)
    {
        await Task.WhenAll(hard.Concat(soft).Select(one => one.Settled)).WaitAsync(_stop.Token);
        if (hard.Any(one => !one.Condition.IsReady))
        {
            _settled.TrySetResult();
        }

    }

    private async Task WaitForHardAsync(IReadOnlyList<ComponentRunner> hard)
    {
        foreach (var one in hard)
        {
            if (!one.Condition.IsReady)
            {
                Condition.Waiting();
                await one.Condition.WhenReadyAsync(_stop.Token);
            }
        }
    }

    /// <summary>From the start to the failure.</summary>
    /// <returns>Whether it was ready in between.</returns>
    private async Task<bool> LiveOnceAsync(bool again)
    {
        _stop.Token.ThrowIfCancellationRequested();
        var wasReady = false;
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        try
        {
            Condition.Starting(again);
            await BecomeReadyAsync(await StartAsync(attempt.Token), attempt.Token);
            wasReady = true;
            throw await Condition.Broken.WaitAsync(_stop.Token);
        }
        catch (Exception fault) when (!_stop.IsCancellationRequested)
        {
            await _calls.CancelAsync(attempt);
            Fail(fault);
            _settled.TrySetResult();
            return wasReady;
        }
    }

    /// <returns>Completes when it is ready.</returns>
    private async Task<Task> StartAsync(CancellationToken cancellationToken)
    {
        if (!_initialized || _forgotten)
        {
            _forgotten = false;
            _bus.EndSubscriptions();
            await SubscribeAsync(_stop.Token);
        }

        _begun = true;
        var ready = Task.CompletedTask;
        await _calls.CallAsync(
            "start",
            async token =>
            {
                await _component.StartAsync(token);
                token.ThrowIfCancellationRequested();

                // Asked within the limit: one that connects here and blocks its thread has not started.
                ready = _component.ReadyAsync(cancellationToken).AsTask();
            },
            StartTimeout,
            _stop.Token);
        Condition.Started();
        return ready;
    }

    // Those who can do without it wait until it has started, but not until it is ready: that may take as long as a database is away.
    private async Task BecomeReadyAsync(Task ready, CancellationToken cancellationToken)
    {
        if (!ready.IsCompleted)
        {
            _settled.TrySetResult();
        }

        var broken = Condition.Broken;
        if (await Task.WhenAny(ready, broken).WaitAsync(cancellationToken) == broken)
        {
            throw await broken;
        }

        await ready;
        Condition.BecameReady();
        _settled.TrySetResult();
    }

    // Stopped before it is started again, so that nothing of the last attempt is in the way of the next.
    private async Task RestAsync(int failures)
    {
        await _calls.WhenFreeAsync(_stop.Token);
        if (_begun)
        {
            await CallStopAsync(StopBudget, _stop.Token);
            await _calls.WhenFreeAsync(_stop.Token);
        }

        var delay = _options.Retry.Next(failures, _random);
        _logger.StartsAgain(_component.Name, delay.TotalSeconds);
        await Task.Delay(delay, _time, _stop.Token);
    }

    private async Task SubscribeAsync(CancellationToken cancellationToken)
    {
        await _calls.CallAsync("initialize", token => _component.InitializeAsync(_context, token), _options.InitializeTimeout, cancellationToken);
        _initialized = true;
    }

    private void Fail(Exception fault)
    {
        _logger.Failed(fault, _component.Name);
        Condition.Failed(fault);
    }

    // What waits on the bus comes first, so that stopping loses nothing; half of the budget is kept for the stop itself.
    private async Task<Exception?> EndAsync(CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        _bus.MarkNotReady("stopping");
        using (var half = new CancellationTokenSource(StopBudget / 2, _time))
        using (var ended = CancellationTokenSource.CreateLinkedTokenSource(half.Token, cancellationToken))
        {
            // What is left when the time is over counts as dropped when the component leaves the bus.
            await _bus.WhenIdleAsync(ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var left = StopBudget - _time.GetElapsedTime(began);
        return await CallStopAsync(left > StopBudget / 2 ? left : StopBudget / 2, cancellationToken);
    }

    private async Task<Exception?> CallStopAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await _calls.CallAsync("stop", _component.StopAsync, limit, cancellationToken);
            return null;
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !_stop.IsCancellationRequested || _life.IsCompleted)
        {
            // While the host begins to stop it, the last word is that of the stop that comes next.
            _logger.NotStoppedCleanly(fault, _component.Name);
            return fault;
        }
    }
}
