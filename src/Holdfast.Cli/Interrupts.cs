using System.Runtime.InteropServices;

namespace Holdfast.Cli;

/// <summary>
/// Ctrl+C and SIGTERM end the work. While another program has the terminal, Ctrl+C is that program's affair, although it reaches this one too:
/// an editor must not be left behind without its caller.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    // What does not heed its token, such as a question at the terminal, is left after this.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static int _others;

    private readonly CancellationTokenSource _interrupted = new();
    private readonly TaskCompletionSource _overdue = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _signals;

    public Interrupts() =>
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];

    /// <summary>Until it is disposed, Ctrl+C is for the program that was started.</summary>
    public static IDisposable LeftToOthers() => new Others();

    /// <summary>Does the work; one that does not end soon after an interruption is left.</summary>
    public async Task<int> RunAsync(Func<CancellationToken, Task<int>> work)
    {
        var done = work(_interrupted.Token);
        return await Task.WhenAny(done, _overdue.Task) == done ? await done : ExitCode.Interrupted;
    }

    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        _interrupted.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (signal.Signal == PosixSignal.SIGINT && Volatile.Read(ref _others) > 0)
        {
            return;
        }

        _interrupted.Cancel();
        _ = Task.Delay(Patience, CancellationToken.None).ContinueWith(_ => _overdue.TrySetResult(), TaskScheduler.Default);
    }

    private sealed class Others : IDisposable
    {
        public Others() => Interlocked.Increment(ref _others);

        public void Dispose() => Interlocked.Decrement(ref _others);
    }
}
