using Holdfast.Lifecycle;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Lifecycle;

public sealed class LoopHostTests
{
    private readonly ManualTimeProvider _time = new(Some.Instant);

    [Fact]
    public async Task A_loop_that_fails_is_started_again_after_its_delay()
    {
        var loop = new FailingLoop(failures: 1);
        await using var host = new LoopHost([loop], _time, new RecordingLogger<LoopHost>());

        host.Start();
        await loop.Failed.Task;
        await AdvanceUntil(loop.Running.Task);

        loop.Starts.ShouldBe(2);
    }

    [Fact]
    public async Task Stopping_ends_every_loop()
    {
        var loop = new FailingLoop(failures: 0);
        await using var host = new LoopHost([loop], _time, new RecordingLogger<LoopHost>());
        host.Start();
        await loop.Running.Task;

        await host.ShutdownAsync(new ShutdownReport(), CancellationToken.None);

        loop.Ended.ShouldBeTrue();
    }

    // The delay is asked for on another thread, so the clock is moved until it has been.
    private async Task AdvanceUntil(Task task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    private sealed class FailingLoop(int failures) : ILoop
    {
        public string Name => "failing";

        public int Starts { get; private set; }

        public bool Ended { get; private set; }

        public TaskCompletionSource Failed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Running { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            if (++Starts <= failures)
            {
                Failed.TrySetResult();
                throw new InvalidOperationException("broken");
            }

            Running.TrySetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }
            finally
            {
                Ended = true;
            }
        }
    }
}
