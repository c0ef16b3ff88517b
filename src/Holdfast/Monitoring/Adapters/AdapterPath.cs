using Holdfast.Resilience;
using Microsoft.Extensions.Logging;
using Polly.CircuitBreaker;

namespace Holdfast.Monitoring.Adapters;

/// <summary>
/// One adapter behind its own pipeline. What it does not take is not sent past it: its watchers stay where they are until it works again, and
/// are then caught up from the log, in order, before they get anything new. Ticks and control stand behind no breaker, since who watches learns
/// from them that it is open. Events are sent under the broadcaster's lock.
/// </summary>
/// <param name="adapter">What it leads to.</param>
/// <param name="pipeline">What it goes through.</param>
/// <param name="time">Where all time comes from.</param>
/// <param name="logger">Hears when the adapter begins to fail, and when it works again.</param>
internal sealed class AdapterPath(IMonitoringAdapter adapter, NamedPipeline pipeline, TimeProvider time, ILogger<AdapterPath> logger) : IMonitoringAdapter
{
    // An adapter that fails without its breaker opening is not asked at every event.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly AdapterWindow _window = new(time);

    // Under the broadcaster's lock: where its watchers stay; null: where the stream is.
    private LivePositions? _stoppedAt;
    private long _triedAt;

    private volatile string? _lastFault;
    private volatile bool _failing;

    public string Name => adapter.Name;

    public IMonitoringAdapter Adapter => adapter;

    /// <summary>Its watchers are connected to this server. Otherwise it stands behind its pipeline where it waits for those outside.</summary>
    public bool IsLocal { get; } = adapter is not IRemoteAdapter;

    public CircuitBreakerHandle Breaker => pipeline.Breaker;

    public AdapterCounters Counters { get; } = new();

    public int ConnectionCount => adapter.ConnectionCount;

    public AdapterMetrics Metrics => adapter.Metrics;

    public string? Trouble => adapter.Trouble;

    /// <summary>Why it last did not take something, in a line; null: never.</summary>
    public string? LastFault => _lastFault;

    public AdapterMinute LastMinute => _window.Read();

    public ValueTask ConnectAsync(CancellationToken cancellationToken) => adapter.ConnectAsync(cancellationToken);

    public ValueTask DisconnectAsync(CancellationToken cancellationToken) => adapter.DisconnectAsync(cancellationToken);

    public BroadcastOutcome Broadcast(LiveUpdate update) => Send(update, guarded: true);

    /// <param name="update">What is to be told.</param>
    /// <param name="guarded">Through the pipeline; otherwise directly.</param>
    public BroadcastOutcome Send(LiveUpdate update, bool guarded)
    {
        if (update is not LogUpdate told)
        {
            return Hand(update, guarded: false);
        }

        if (!IsLocal)
        {
            return Hand(told, guarded: false);
        }

        if (adapter.ConnectionCount == 0)
        {
            // Nothing is missed: whoever comes finds it in the log.
            _stoppedAt = null;
            return BroadcastOutcome.Unwatched;
        }

        var outcome = _stoppedAt is null ? Hand(told, guarded) : BroadcastOutcome.Failed;
        Note(told, outcome);
        return outcome;
    }

    /// <summary>How far its watchers have been told, given how far the stream is.</summary>
    public LiveHeads HeadsOf(LiveHeads heads) => _stoppedAt is { } stopped ? heads with { Told = stopped } : heads;

    /// <summary>Whether its watchers stay behind and it is time to catch them up.</summary>
    /// <param name="guarded">The pipeline must let something through.</param>
    public bool IsDueToCatchUp(bool guarded) =>
        _stoppedAt is not null && time.GetElapsedTime(_triedAt) >= RetryDelay && (!guarded || BreakerAdmits());

    /// <summary>The next stretch that its watchers have missed; null when there is none, and they are where the stream is.</summary>
    public EventSpan? NextMissed(LiveHeads heads)
    {
        if (_stoppedAt is not { } stopped)
        {
            return null;
        }

        foreach (var (epoch, told) in heads.Told.All)
        {
            var place = stopped.In(epoch) ?? heads.Beginnings.In(epoch) ?? 0;
            if (place < told)
            {
                return new EventSpan(epoch, place + 1, told);
            }
        }

        _stoppedAt = null;
        return null;
    }

    /// <summary>Tells what was missed, as it was read from the log, and stops where the adapter does not take it.</summary>
    public void CatchUp(EventSpan missed, IEnumerable<LogPart> parts, bool guarded)
    {
        foreach (var part in parts)
        {
            if (_stoppedAt is null || Hand(part.ToUpdate(_stoppedAt), guarded) == BroadcastOutcome.Failed)
            {
                _triedAt = time.GetTimestamp();
                return;
            }

            _stoppedAt = _stoppedAt.With(missed.Epoch, part.To);
        }

        _stoppedAt = _stoppedAt?.With(missed.Epoch, missed.To);
    }

    /// <summary>Something it had taken has been acknowledged from outside, or has been given up.</summary>
    public void NoteSettled(EventSettlement settled)
    {
        if (settled.Events == 0)
        {
            return; // nothing of it was to be carried
        }

        if (settled.Fault is { } fault)
        {
            _lastFault = fault;
            Counters.NoteFailed(settled.Events);
        }
        else
        {
            Counters.NoteAcknowledged(settled.Events - settled.TooLong);
            Counters.NoteFailed(settled.TooLong);
        }

        _window.Note(settled.Fault is not null, settled.Latency);
    }

    private void Note(LogUpdate update, BroadcastOutcome outcome)
    {
        switch (outcome)
        {
            case BroadcastOutcome.Failed:
                _stoppedAt ??= update.At.With(update.Epoch, update.From - 1);
                Counters.NoteFailed(EventsIn(update));
                _window.Note(failed: true, latency: null);
                break;
            case BroadcastOutcome.Acknowledged:
                Counters.NoteAcknowledged(EventsIn(update));
                _window.Note(failed: false, LatencyOf(update));
                break;
            case BroadcastOutcome.Unwatched or BroadcastOutcome.Queued:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Not an outcome.");
        }
    }

    private BroadcastOutcome Hand(LiveUpdate update, bool guarded) => Try(() => adapter.Broadcast(update), guarded);

    private BroadcastOutcome Try(Func<BroadcastOutcome> call, bool guarded)
    {
        try
        {
            var outcome = guarded ? pipeline.Execute(_ => call()) : call();
            NoteRecovered();
            return outcome;
        }
        catch (BrokenCircuitException fault)
        {
            _lastFault = FailureText.Of(fault);
            return BroadcastOutcome.Failed;
        }
        catch (Exception fault)
        {
            NoteFailing(fault);
            return BroadcastOutcome.Failed;
        }
    }

    private void NoteFailing(Exception fault)
    {
        _lastFault = FailureText.Of(fault);
        if (!_failing)
        {
            _failing = true;
            logger.AdapterFailing(fault, Name);
        }
    }

    private void NoteRecovered()
    {
        if (_failing)
        {
            _failing = false;
            logger.AdapterWorksAgain(Name);
        }
    }

    /// <summary>What is wrong with it, a sentence; null when nothing is.</summary>
    /// <param name="options">What is not good enough.</param>
    /// <param name="guarded">Whether its breaker stands between.</param>
    public string? FaultBy(BroadcastOptions options, bool guarded) =>
        guarded && Breaker.State != CircuitState.Closed ? $"Its circuit breaker is {ResilienceNames.Of(Breaker.State)}."
            : adapter.Trouble ?? LastMinute.Fault(options.ErrorPercentMax, options.LatencyMaxOf(Name));

    /// <summary>An open breaker is asked again although nothing happens: nobody would come over a way that looks closed.</summary>
    public void Probe()
    {
        if (IsLocal && Breaker.State != CircuitState.Closed && BreakerAdmits())
        {
            Try(() => adapter.Trouble is { } trouble ? throw new InvalidOperationException(trouble) : BroadcastOutcome.Unwatched, guarded: true);
        }
    }

    // How old the events of other nodes are only their clocks can say.
    private TimeSpan? LatencyOf(LogUpdate update) =>
        update is EventsUpdate { Events: RecordedEvents recorded } ? time.GetUtcNow() - recorded.ReceivedAt : null;

    private bool BreakerAdmits()
    {
        if (Breaker.State == CircuitState.Closed)
        {
            return true;
        }

        var breaker = Breaker.Snapshot();
        return !breaker.Options.Enabled || breaker.State == CircuitState.HalfOpen || (breaker.State == CircuitState.Open && breaker.NextAttemptAt <= time.GetUtcNow());
    }

    private static int EventsIn(LogUpdate update) => (update as EventsUpdate)?.Events.Count ?? 0;
}

/// <summary>A stretch of one epoch, both ends included.</summary>
internal readonly record struct EventSpan(Guid Epoch, long From, long To);
