using System.Collections.Concurrent;
using Holdfast.Lifecycle;

namespace Holdfast.AspNetCore.Live;

/// <summary>
/// The open WebSockets of every kind: bounded in number, and closed with 1012 (service restart) when the process leaves, each with its own
/// hint when to come back, so that they do not all come at once.
/// </summary>
internal sealed class LiveSessions(Func<double> random) : IShutdownParticipant
{
    /// <summary>WebSockets at one time; the next one is answered 503.</summary>
    public const int Max = 2_000;

    private static readonly TimeSpan RetrySpread = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Entry> _sessions = new(StringComparer.Ordinal);
    private int _count;

    public string Name => "sockets";

    public ShutdownPhase Phase => ShutdownPhase.CloseSockets;

    public TimeSpan Share => TimeSpan.FromSeconds(4);

    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes a place; false when all are taken. Give it back with <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= Max)
        {
            return true;
        }

        Interlocked.Decrement(ref _count);
        return false;
    }

    /// <summary>Runs a session; a shutdown asks it to end and waits for it.</summary>
    public async Task HoldAsync(string id, Action<TimeSpan> end, Action abort, Func<Task> run)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions[id] = new Entry(end, abort, ended.Task);
        try
        {
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
        var open = _sessions.Values.ToArray();
        foreach (var session in open)
        {
            session.End(TimeSpan.FromMilliseconds(250) + (RetrySpread * random()));
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

    private sealed record Entry(Action<TimeSpan> End, Action Abort, Task Ended);
}
