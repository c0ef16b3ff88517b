using System.Collections.Concurrent;
using Holdfast.Access;
using Holdfast.Lifecycle;

namespace Holdfast.AspNetCore.Live;

/// <summary>
/// The open WebSockets of every kind: bounded in number, and closed with 1012 (service restart) when the process leaves, each with its own
/// hint when to come back, so that they do not all come at once.
/// </summary>
/// <param name="time">Ends a connection with the key, or the token, that it was opened with.</param>
/// <param name="max">WebSockets at one time; the next one is answered 503.</param>
internal sealed class LiveSessions(LifecycleState lifecycle, Func<double> random, TimeProvider time, int max = LiveSessions.DefaultMax) : IShutdownParticipant
{
    /// <summary>Each may have a megabyte and a half of events waiting for it: this many fit into the memory of a small machine.</summary>
    public const int DefaultMax = 2_000;

    private static readonly TimeSpan RetryLeast = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetrySpread = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(40);

    private readonly ConcurrentDictionary<long, Entry> _sessions = new();
    private readonly ConcurrentDictionary<string, int> _ofCaller = new(StringComparer.Ordinal);
    private long _lastId;
    private int _count;
    private volatile bool _closing;

    public string Name => "sockets";

    public ShutdownPhase Phase => ShutdownPhase.CloseSockets;

    public TimeSpan Share => TimeSpan.FromSeconds(4);

    /// <summary>Whether what a caller has shown when it came is still good.</summary>
    public Func<Caller, bool> IsStillGood { get; set; } = _ => true;

    /// <summary>How many a caller may have.</summary>
    public Func<Caller, int> MaxOf { get; set; } = _ => int.MaxValue;

    /// <summary>How many there may be.</summary>
    public int Max => max;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Where between the soonest and the latest a hint when to come back lies: 0 to 1.</summary>
    public static double ShareOf(TimeSpan retryAfter) => Math.Clamp((retryAfter - RetryLeast) / RetrySpread, 0, 1);

    /// <summary>Takes a place and returns null, or returns why there is none. Give the place back with <see cref="Leave"/>.</summary>
    public string? TryEnter(Caller caller)
    {
        if (lifecycle.Draining)
        {
            return "The server is shutting down.";
        }

        if (Interlocked.Increment(ref _count) > max)
        {
            Interlocked.Decrement(ref _count);
            return $"All {max} places are taken.";
        }

        var most = MaxOf(caller);
        if (_ofCaller.AddOrUpdate(WhoseOf(caller), 1, (_, count) => count + 1) <= most)
        {
            return null;
        }

        Leave(caller);
        return $"This key has its {most} connections.";
    }

    /// <summary>Runs a session; a shutdown asks it to end and waits for it.</summary>
    public async Task HoldAsync(Caller caller, Action<TimeSpan> end, Action abort, Func<Task> run)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // A number of our own: the request's identifier can be set by a middleware, and two alike would hide a session from the shutdown.
        var id = Interlocked.Increment(ref _lastId);
        _sessions[id] = new Entry(caller, end, abort, ended.Task);
        await using var expiry = AbortWhenExpired(caller, abort);
        try
        {
            // One that came in while the others were being closed is closed too.
            if (_closing)
            {
                end(NextRetry());
            }

            // So is one whose key was revoked between the gate and here.
            if (!IsStillGood(caller))
            {
                abort();
            }

            await run();
        }
        finally
        {
            _sessions.TryRemove(id, out _);
            ended.TrySetResult();
        }
    }

    /// <summary>Breaks off the connections of those whose keys are not good any more, without waiting for them.</summary>
    public void EndRevoked()
    {
        foreach (var session in _sessions.Values.Where(session => !IsStillGood(session.Caller)))
        {
            TryAbort(session.Abort);
        }
    }

    public void Leave(Caller caller)
    {
        Interlocked.Decrement(ref _count);
        var whose = WhoseOf(caller);
        var left = _ofCaller.AddOrUpdate(whose, 0, (_, count) => count - 1);
        if (left == 0)
        {
            _ofCaller.TryRemove(KeyValuePair.Create(whose, 0)); // only if nobody has come meanwhile
        }
    }

    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        _closing = true;
        var open = _sessions.Values.ToArray();
        foreach (var session in open)
        {
            session.End(NextRetry());
        }

        try
        {
            await Task.WhenAll(open.Select(s => s.Ended)).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Those that do not read their goodbye are broken off.
            foreach (var session in open)
            {
                TryAbort(session.Abort);
            }

            throw;
        }
    }

    private static void TryAbort(Action abort)
    {
        try
        {
            abort();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself in this moment; the others must still be broken off.
        }
    }

    private static string WhoseOf(Caller caller) => caller.KeyId ?? caller.Name;

    private ITimer? AbortWhenExpired(Caller caller, Action abort)
    {
        if (caller.ExpiresAt is not { } at)
        {
            return null;
        }

        // A timer waits 49 days at most; a connection that lasts longer is opened anew once.
        var wait = at - time.GetUtcNow();
        return time.CreateTimer(_ => TryAbort(abort), null, wait < TimeSpan.Zero ? TimeSpan.Zero : wait < WaitMax ? wait : WaitMax, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan NextRetry() => RetryLeast + (RetrySpread * random());

    private sealed record Entry(Caller Caller, Action<TimeSpan> End, Action Abort, Task Ended);
}
