using System.Collections.Concurrent;
using Holdfast.Lifecycle;

namespace Holdfast.AspNetCore.Live;

/// <summary>
/// The open WebSockets of every kind: bounded in number, and closed with 1012 (service restart) when the process leaves, each with its own
/// hint when to come back, so that they do not all come at once.
/// </summary>
/// <param name="max">WebSockets at one time; the next one is answered 503.</param>
internal sealed class LiveSessions(LifecycleState lifecycle, Func<double> random, int max = LiveSessions.DefaultMax) : IShutdownParticipant
{
    /// <summary>Each may have a megabyte of events waiting for it: this many fit into the memory of a small machine.</summary>
    public const int DefaultMax = 2_000;

    private static readonly TimeSpan RetryLeast = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetrySpread = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<long, Entry> _sessions = new();
    private long _lastId;
    private int _count;
    private volatile bool _closing;

    public string Name => "sockets";

    public ShutdownPhase Phase => ShutdownPhase.CloseSockets;

    public TimeSpan Share => TimeSpan.FromSeconds(4);

    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes a place and returns null, or returns why there is none. Give the place back with <see cref="Leave"/>.</summary>
    public string? TryEnter()
    {
        if (lifecycle.Draining)
        {
            return "The server is shutting down.";
        }

        if (Interlocked.Increment(ref _count) <= max)
        {
            return null;
        }

        Interlocked.Decrement(ref _count);
        return $"All {max} places are taken.";
    }

    /// <summary>Runs a session; a shutdown asks it to end and waits for it.</summary>
    public async Task HoldAsync(Action<TimeSpan> end, Action abort, Func<Task> run)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // A number of our own: the request's identifier can be set by a middleware, and two alike would hide a session from the shutdown.
        var id = Interlocked.Increment(ref _lastId);
        _sessions[id] = new Entry(end, abort, ended.Task);
        try
        {
            // One that came in while the others were being closed is closed too.
            if (_closing)
            {
                end(NextRetry());
            }

            await run();
        }
        finally
        {
            _sessions.TryRemove(id, out _);
            ended.TrySetResult();
        }
    }

    public void Leave() => Interlocked.Decrement(ref _count);

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
                session.Abort();
            }

            throw;
        }
    }

    private TimeSpan NextRetry() => RetryLeast + (RetrySpread * random());

    private sealed record Entry(Action<TimeSpan> End, Action Abort, Task Ended);
}
