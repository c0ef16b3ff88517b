using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Monitoring.Adapters;
using Holdfast.Resilience;
using Microsoft.Extensions.Logging;
using Polly.CircuitBreaker;

namespace Holdfast.Supabase;

/// <summary>
/// Publishes broadcasts to a hosted project, as an adapter: whoever hands something over waits for nothing, and a loop posts what waits, a
/// request at a time, as fast as the project takes it. An update is settled once: when the project has accepted all of it, or when it was given up.
/// </summary>
/// <param name="context">What it needs.</param>
internal sealed class SupabasePublisher(PublisherContext context) : IRemoteAdapter, ILoop, IShutdownParticipant, IDisposable
{
    /// <summary>Where the project takes broadcasts.</summary>
    public const string Path = "/realtime/v1/api/broadcast";

    // Whoever begins to watch knows after this long what the values mean.
    private static readonly TimeSpan DescribePeriod = TimeSpan.FromSeconds(30);

    // Of events in one message: as frames they take up more.
    private const long RoundBytes = 100 << 10;

    private readonly PublishQueue _queue = new();
    private readonly PublishPace _pace = new(context.Options.Period, context.Random);
    private readonly CancellationTokenSource _hurry = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Touched by the loop only.
    private long _describedAt;
    private bool _described;

    private long _accepted;
    private long _dropped;
    private volatile string? _trouble;
    private volatile bool _connected;

    public string Name => AdapterNames.Supabase;

    public ShutdownPhase Phase => ShutdownPhase.Flush;

    public TimeSpan Share => TimeSpan.FromSeconds(3);

    /// <summary>One, to the project. How many watch there it alone knows.</summary>
    public int ConnectionCount => _connected ? 1 : 0;

    public AdapterMetrics Metrics => new(Interlocked.Read(ref _accepted), Interlocked.Read(ref _dropped), Closed: 0);

    public string? Trouble => _trouble;

    /// <summary>Updates with events that wait to be published.</summary>
    public int Waiting => _queue.Count;

    public RequestCounters Requests { get; } = new();

    public Action<EventSettlement> Settled { get; set; } = _ => { };

    /// <summary>Makes the frame that says what the ids of values mean.</summary>
    public Func<byte[]> Describe { get; set; } = () => LiveFrames.Series([]);

    public ValueTask ConnectAsync(CancellationToken cancellationToken)
    {
        _connected = true;
        context.Logger.Publishing(context.Options.Url.Host, context.Options.Topic);
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes nothing any more. What waits is published by the shutdown.</summary>
    public ValueTask DisconnectAsync(CancellationToken cancellationToken)
    {
        _connected = false;
        return ValueTask.CompletedTask;
    }

    public BroadcastOutcome Broadcast(LiveUpdate update)
    {
        // What another node has recorded is published there.
        if (!_connected || (update is LogUpdate told && told.Epoch != context.Epoch))
        {
            return BroadcastOutcome.Unwatched;
        }

        context.Table?.Offer(update);
        foreach (var givenUp in _queue.Offer(update))
        {
            GiveUp(givenUp, "Too many events waited to be published.");
        }

        return BroadcastOutcome.Queued;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await NextAsync(cancellationToken);
            if (_hurry.IsCancellationRequested && (_queue.Count == 0 || _pace.Failures > 0))
            {
                _drained.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            await PublishAsync(cancellationToken);
        }
    }

    /// <summary>Publishes what waits, without the usual distance between two requests, until the project does not take it: what is left is in the log.</summary>
    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        await _hurry.CancelAsync();
        await _drained.Task.WaitAsync(cancellationToken);
        await DisconnectAsync(cancellationToken);
    }

    public void Dispose() => _hurry.Dispose();

    /// <summary>Waits until there is something and it may go out, or until the process leaves.</summary>
    private async Task NextAsync(CancellationToken cancellationToken)
    {
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _hurry.Token);
        await Task.Delay(_pace.Delay, context.Time, wake.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _queue.WaitAsync(wake.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        var round = _queue.Take(_pace.Messages * RoundBytes);
        var (batch, sent) = Compose(round);
        if (batch.Count == 0)
        {
            Finish(sent, latency: null, fault: null);
            return;
        }

        var started = context.Time.GetTimestamp();
        ProjectAnswer answer;
        try
        {
            answer = await context.Client.PostAsync(Path, batch.ToJson(), prepare: null, context.Pipeline, cancellationToken);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            Fail(fault, round);
            return;
        }

        Judge(answer, round, sent, context.Time.GetElapsedTime(started));
    }

    private (MessageBatch Batch, IReadOnlyList<SentUpdate> Sent) Compose(PublishRound round)
    {
        var batch = new MessageBatch(context.Options);
        foreach (var gap in round.Gaps)
        {
            batch.TryAdd(LiveFrames.Gap(gap.Epoch, gap.From, gap.To));
        }

        var sent = round.Updates.Select(pending => Add(batch, pending)).ToList();
        foreach (var frame in ValuesOf(round))
        {
            batch.TryAdd(frame);
        }

        return (batch, sent);
    }

    private static SentUpdate Add(MessageBatch batch, PendingUpdate pending)
    {
        var frames = MessageBatch.FramesOf(pending);
        foreach (var frame in frames.All)
        {
            batch.TryAdd(frame);
        }

        return new SentUpdate(pending, frames);
    }

    private IEnumerable<byte[]> ValuesOf(PublishRound round)
    {
        foreach (var control in round.Control)
        {
            yield return control;
        }

        if (round.Tick is not null && (!_described || context.Time.GetElapsedTime(_describedAt) >= DescribePeriod))
        {
            (_described, _describedAt) = (true, context.Time.GetTimestamp());
            yield return Describe();
        }

        if (round.Tick is { } tick)
        {
            yield return tick;
        }

        if (round.Pulse is { } pulse)
        {
            yield return pulse.Delta;
            yield return pulse.KeepAlive;
        }
    }

    private void Judge(ProjectAnswer answer, PublishRound round, IReadOnlyList<SentUpdate> sent, TimeSpan latency)
    {
        var failing = _pace.Failures > 0;
        _pace.Note(answer);
        Requests.Note(answer);
        if (answer.IsAccepted)
        {
            _trouble = null;
            Finish(sent, latency, fault: null);
            if (failing)
            {
                context.Logger.PublishedAgain();
            }
        }
        else if (answer.IsRejected)
        {
            context.Logger.Rejected((int)answer.Status, answer.Detail, sent.Sum(one => one.Pending.CarriedCount));
            Finish(sent, latency: null, $"The project does not take it ({(int)answer.Status}).");
        }
        else
        {
            _queue.PutBack(round);
            Complain(answer);
        }
    }

    private void Complain(ProjectAnswer answer)
    {
        var seconds = _pace.Delay.TotalSeconds;
        if (answer.IsRefused)
        {
            context.Logger.Refused((int)answer.Status, answer.Detail, seconds);
            _trouble = $"The project refuses the key or knows no such address ({(int)answer.Status}).";
            return;
        }

        // One request that is put off is no trouble yet.
        _trouble = _pace.Failures > 1 ? "The project throttles (429)." : _trouble;
        if (_pace.Failures == 1)
        {
            context.Logger.Throttled(seconds);
        }
    }

    private void Fail(Exception fault, PublishRound round)
    {
        _queue.PutBack(round);
        Requests.NoteFailed();
        var reason = ProjectFailure.TextOf(fault);
        _pace.NoteFailed(fault switch
        {
            BrokenCircuitException broken => broken.RetryAfter,
            ProjectUnavailableException away => away.Answer.RetryAfter,
            _ => null,
        });
        _trouble = _pace.Failures > 1 ? $"The project cannot be reached: {reason}." : _trouble;
        if (_pace.Failures == 1)
        {
            context.Logger.Unavailable(reason, _pace.Delay.TotalSeconds);
        }
    }

    private void Finish(IReadOnlyList<SentUpdate> sent, TimeSpan? latency, string? fault)
    {
        _queue.Release([.. sent.Select(one => one.Pending)]);
        foreach (var (pending, frames) in sent)
        {
            if (fault is not null)
            {
                GiveUp(pending, fault);
                continue;
            }

            Interlocked.Add(ref _accepted, frames.All.Count);
            Interlocked.Add(ref _dropped, frames.TooLong);
            Settled(new EventSettlement(pending.Update, pending.CarriedCount, latency, Fault: null) { Frames = frames.All, TooLong = frames.TooLong });
        }
    }

    private void GiveUp(PendingUpdate pending, string reason)
    {
        Interlocked.Add(ref _dropped, pending.CarriedCount);
        Settled(new EventSettlement(pending.Update, pending.CarriedCount, Latency: null, reason));
    }

    private sealed record SentUpdate(PendingUpdate Pending, UpdateFrames Frames);
}

/// <summary>What a publisher needs.</summary>
/// <param name="Epoch">The stream of this node.</param>
/// <param name="Options">Where to, and what under.</param>
/// <param name="Client">Sends.</param>
/// <param name="Pipeline">What each request goes through.</param>
/// <param name="Time">Where all time comes from.</param>
/// <param name="Random">Spreads the delays of several nodes.</param>
/// <param name="Logger">Hears of what goes wrong, once.</param>
internal sealed record PublisherContext(
    Guid Epoch, SupabaseOptions Options, ProjectClient Client, NamedPipeline Pipeline, TimeProvider Time, Func<double> Random, ILogger<SupabasePublisher> Logger)
{
    /// <summary>The table that events are inserted into as well; null: none.</summary>
    public SupabaseTable? Table { get; init; }
}
