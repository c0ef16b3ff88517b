namespace Holdfast.Benchmarks.Bus;

/// <summary>Counts what arrives, so that a round ends when everything has.</summary>
/// <param name="expected">Arrivals of a round.</param>
internal sealed class Arrivals(int expected)
{
    private volatile TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;

    /// <summary>One has arrived; for those who call one after another.</summary>
    public ValueTask Note() => Check(++_count);

    public ValueTask NoteFromAnywhere() => Check(Interlocked.Increment(ref _count));

    /// <summary>Completes when all of a round have arrived; the next round begins then.</summary>
    public async Task AllAsync()
    {
        await _all.Task;
        _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private ValueTask Check(int count)
    {
        if (count == expected)
        {
            _count = 0;
            _all.TrySetResult();
        }

        return ValueTask.CompletedTask;
    }
}
