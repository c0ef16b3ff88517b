using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Holdfast.Health;

/// <summary>
/// Runs one check, never twice at a time. A run that takes too long is left behind: it is told to stop and not waited for, and the check is not
/// called again before that call has ended. Whoever asks during a run gets what it finds.
/// </summary>
internal sealed class CheckRunner(CheckPlan plan, TimeProvider time, ILogger logger)
{
    private readonly Lock _gate = new();
    private Task<CheckObservation>? _running;
    private Task _call = Task.CompletedTask;
    private Func<Task> _stop = () => Task.CompletedTask;
    private DateTimeOffset _calledAt;

    public CheckPlan Plan => plan;

    /// <summary>A call is under way, or was left behind and has not ended.</summary>
    public bool IsBusy
    {
        get { lock (_gate) return !_call.IsCompleted; }
    }

    /// <summary>What a run finds: one that begins now, or the one under way.</summary>
    /// <param name="timeout">How long a run that begins now may take.</param>
    public Task<CheckObservation> RunAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_running is { IsCompleted: false })
            {
                return _running.WaitAsync(cancellationToken);
            }

            // Left behind, and still not back.
            if (!_call.IsCompleted)
            {
                return Task.FromResult(Hanging());
            }

            _calledAt = time.GetUtcNow();

            // Never disposed: one without a timer holds nothing, and a call that was left behind may ask for it whenever.
            var stop = new CancellationTokenSource();
            _stop = stop.CancelAsync;
            var call = Task.Run(() => CallAsync(stop.Token), CancellationToken.None);
            _call = call;
            return (_running = WatchAsync(call, stop, timeout)).WaitAsync(cancellationToken);
        }
    }

    /// <summary>Tells a run that is under way to stop: what it works with is about to be closed.</summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            return _stop();
        }
    }

    private async Task<CheckObservation> WatchAsync(Task<CheckObservation> call, CancellationTokenSource stop, TimeSpan timeout)
    {
        var began = time.GetTimestamp();
        try
        {
            var found = await call.WaitAsync(timeout, time, CancellationToken.None);
            return found with { At = time.GetUtcNow(), Took = time.GetElapsedTime(began) };
        }
        catch (TimeoutException) when (!call.IsCompleted)
        {
            logger.CheckHangs(plan.Name, timeout.TotalSeconds);
            await stop.CancelAsync();
            return Hanging() with { Took = time.GetElapsedTime(began) };
        }
    }

    // On a thread of the pool and whole: also one that blocks, or throws before it awaits, is only this check.
    private async Task<CheckObservation> CallAsync(CancellationToken cancellationToken)
    {
        try
        {
            var call = plan.Make();
            await using var scope = call.Scope;
            return Read(await call.Check.CheckHealthAsync(new HealthCheckContext { Registration = plan.Registration }, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Read(HealthCheckResult.Unhealthy("It was told to stop."));
        }
        catch (Exception fault)
        {
            // What is thrown may hold what only the log should have.
            logger.CheckThrew(fault, plan.Name);
            return Read(new HealthCheckResult(plan.Registration.FailureStatus, $"The check threw {fault.GetType().Name}; the log says why."));
        }
    }

    // What an application's check answers is its own code too: reading it may throw.
    private CheckObservation Read(HealthCheckResult result) => new(HealthStates.Of(result.Status), DetailOf(result), ValuesOf(result), time.GetUtcNow(), TimeSpan.Zero);

    private CheckObservation Hanging() => new(
        HealthState.Fail, $"The check has not answered since {_calledAt.UtcDateTime:HH:mm:ss} UTC and is not called again before it has.", CheckObservation.NoValues, time.GetUtcNow(), TimeSpan.Zero)
    {
        Hung = true,
    };

    private static string? DetailOf(HealthCheckResult result) => result.Description is { Length: > 0 } detail ? HealthDetail.Cut(detail) : null;

    private static IReadOnlyDictionary<string, double> ValuesOf(HealthCheckResult result) => result.Data is not { Count: > 0 }
        ? CheckObservation.NoValues
        : result.Data.Where(one => one.Value is IConvertible and not string).Select(one => (one.Key, Value: NumberOf(one.Value)))
            .Where(one => double.IsFinite(one.Value)).ToDictionary(one => one.Key, one => one.Value, StringComparer.Ordinal);

    // What an application's check has beside numbers is its own affair.
    private static double NumberOf(object value) => value switch
    {
        bool truth => truth ? 1 : 0,
        DateTime or char or DBNull => double.NaN,
        IConvertible number => number.ToDouble(System.Globalization.CultureInfo.InvariantCulture),
        _ => double.NaN,
    };
}
