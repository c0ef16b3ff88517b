using Holdfast.Testing;

namespace Holdfast.Tests.Support;

/// <summary>Lets time pass for code that waits for it.</summary>
internal static class ClockDriver
{
    /// <summary>Moves the clock, second by second, for as long as the task is not done and waits for a timer.</summary>
    public static async Task<T> DriveAsync<T>(this ManualTimeProvider clock, Task<T> task)
    {
        while (!task.IsCompleted)
        {
            if (clock.TimersSet > 0)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
            }

            await Task.Yield();
        }

        return await task;
    }
}
