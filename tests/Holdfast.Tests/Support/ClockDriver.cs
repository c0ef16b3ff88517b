using Holdfast.Testing;

namespace Holdfast.Tests.Support;

/// <summary>Lets time pass for code that waits for it.</summary>
internal static class ClockDriver
{
    /// <summary>Tests that let time pass run one after another, after all others: the clock must not outrun code that waits for a thread.</summary>
    public const string Alone = "let time pass";

    // Each lets the pool run what was queued before: continuations of a timer that fired need several turns until they set the next one.
    private const int TurnsPerSecond = 300;

    /// <summary>Moves the clock, second by second, for as long as the task is not done and waits for a timer.</summary>
    public static async Task<T> DriveAsync<T>(this ManualTimeProvider clock, Task<T> task)
    {
        while (!task.IsCompleted)
        {
            if (clock.TimersSet > 0)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
            }

            for (var turn = 0; turn < TurnsPerSecond && !task.IsCompleted; turn++)
            {
                await Task.Yield();
            }
        }

        return await task;
    }
}

/// <summary>See <see cref="ClockDriver.Alone"/>.</summary>
[CollectionDefinition(ClockDriver.Alone, DisableParallelization = true)]
public sealed class TimePassesAlone;
