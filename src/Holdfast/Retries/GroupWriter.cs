using Holdfast.Pipeline;

namespace Holdfast.Retries;

/// <summary>
/// Writes together what is handed in at the same time, so that the price of a commit is paid once for all: at once when nothing is being
/// written, otherwise what gathered during the last write. Nobody ever waits for others to come, but for those who are on the way. What is refused is written again one by
/// one, so that nobody pays for his neighbour. Thread-safe; has no loop of its own, whoever finds it idle starts the writing, which ends
/// when nothing waits.
/// </summary>
/// <param name="shareOf">Which part of a group something takes; 1 is a whole group.</param>
/// <param name="write">Writes a group. Called for one group at a time.</param>
/// <param name="failed">Told what the write of something threw. Must not throw.</param>
internal sealed class GroupWriter<T>(Func<T, double> shareOf, Func<IReadOnlyList<T>, Task> write, Action<T, Exception> failed)
{
    /// <summary>Groups that may be under way, the one being written included; beyond, whoever hands in has to wait.</summary>
    public const int GroupsMax = 2;

    // Sums of shares are not exact.
    private const double Full = 1 + 1e-9;

    private readonly Lock _gate = new();
    private readonly Queue<T> _line = new();
    private double _underWay;
    private bool _writing;
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _idle;

    /// <summary>Hands something in; completes as soon as there is room for it. What comes of it is the business of the write.</summary>
    public async ValueTask AddAsync(T item, CancellationToken cancellationToken)
    {
        while (!TryAdd(item, out var room))
        {
            await room.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Completes when everything that was handed in is written.</summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_writing)
            {
                return Task.CompletedTask;
            }

            _idle ??= NewSignal();
            return _idle.Task.WaitAsync(cancellationToken);
        }
    }

    private bool TryAdd(T item, out Task room)
    {
        lock (_gate)
        {
            // Judged before the share is added: something large must not wait for ever behind a stream of small things.
            if (_underWay >= GroupsMax)
            {
                _room ??= NewSignal();
                room = _room.Task;
                return false;
            }

            _line.Enqueue(item);
            _underWay += shareOf(item);
            room = Task.CompletedTask;
            if (!_writing)
            {
                _writing = true;
                _ = Task.Run(WriteAsync);
            }

            return true;
        }
    }

    private async Task WriteAsync()
    {
        List<T> group = [];
        while (true)
        {
            // Whoever is on the way gets there: those who were answered just now hand in their next, and share one commit.
            await Task.Yield();
            if (!TryTake(group))
            {
                return;
            }

            try
            {
                await write(group);
            }
            catch (Exception fault) when (group.Count == 1 || fault is StoreUnavailableException)
            {
                group.ForEach(item => failed(item, fault));
            }
            catch (Exception)
            {
                await WriteOneByOneAsync(group);
            }
        }
    }

    private async Task WriteOneByOneAsync(IReadOnlyList<T> group)
    {
        foreach (var item in group)
        {
            try
            {
                await write([item]);
            }
            catch (Exception fault)
            {
                failed(item, fault);
            }
        }
    }

    /// <summary>Puts the last group away and takes the next; false when nothing waits.</summary>
    private bool TryTake(List<T> group)
    {
        TaskCompletionSource? room, idle = null;
        lock (_gate)
        {
            _underWay -= group.Sum(shareOf);
            group.Clear();
            for (var share = 0.0; _line.TryPeek(out var next) && (group.Count == 0 || share + shareOf(next) <= Full); group.Add(_line.Dequeue()))
            {
                share += shareOf(next);
            }

            (room, _room) = (_room, null);
            if (group.Count == 0)
            {
                (_writing, _underWay) = (false, 0);
                (idle, _idle) = (_idle, null);
            }
        }

        room?.TrySetResult();
        idle?.TrySetResult();
        return group.Count > 0;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
