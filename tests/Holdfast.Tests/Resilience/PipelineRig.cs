using Holdfast.Resilience;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Resilience;

/// <summary>Named pipelines on a manual clock without jitter, and an operation that fails as often as the test says.</summary>
internal sealed class PipelineRig
{
    public PipelineRig() => Pipelines = new ResiliencePipelines(Clock, () => 0.5, Log);

    public ManualTimeProvider Clock { get; } = new();

    public RecordingLogger<ResiliencePipelines> Log { get; } = new();

    public ResiliencePipelines Pipelines { get; }

    /// <summary>Seconds since the start at which attempts were made.</summary>
    public List<double> Attempts { get; } = [];

    /// <summary>
    /// Answers only when it is cancelled, and then at once: what waits goes on before the clock does, which is not so with a cancelled
    /// <see cref="Task.Delay(TimeSpan, CancellationToken)"/>.
    /// </summary>
    public static async Task HangAsync(CancellationToken cancellationToken)
    {
        var hung = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(() => hung.TrySetCanceled(cancellationToken));
        await hung.Task;
    }

    /// <summary>Runs an operation that fails for the given number of attempts and then succeeds. Null when it succeeded.</summary>
    public Task<Exception?> RunAsync(NamedPipeline pipeline, int failures = 0, Exception? failure = null) =>
        RunAsync(pipeline, _ => failures-- > 0 ? throw failure ?? new InvalidOperationException("down") : ValueTask.FromResult("done"));

    public async Task<Exception?> RunAsync(
        NamedPipeline pipeline, Func<CancellationToken, ValueTask<string>> operation, CancellationToken cancellationToken = default)
    {
        var start = Clock.GetTimestamp();
        return await Clock.DriveAsync(CallAsync);

        async Task<Exception?> CallAsync()
        {
            try
            {
                await pipeline.ExecuteAsync(
                    token =>
                    {
                        Attempts.Add(Clock.GetElapsedTime(start).TotalSeconds);
                        return operation(token);
                    },
                    cancellationToken);
                return null;
            }
            catch (Exception fault)
            {
                return fault;
            }
        }
    }
}
