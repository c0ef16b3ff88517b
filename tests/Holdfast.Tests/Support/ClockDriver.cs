using System.Diagnostics;
using Holdfast.Testing;

namespace Holdfast.Tests.Support;

/// <summary>Lets time pass for code that waits for it.</summary>
internal static class ClockDriver
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Calls, and moves the clock second by second until the call has ended. On a thread without a synchronization context, so that
    /// whatever a timer continues has run to its next timer before the clock moves on: the same call always sees the same times.
    /// </summary>
    public static Task<T> DriveAsync<T>(this ManualTimeProvider clock, Func<Task<T>> call) => Task.Run(() =>
    {
        var running = call();
        var began = Stopwatch.GetTimestamp();
        while (!running.IsCompleted)
        {
            if (Stopwatch.GetElapsedTime(began) > Patience)
            {
                throw new TimeoutException("The call waits for something that time does not bring.");
            }

            if (clock.TimersSet > 0)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
            }
        }

        return running;
    });
}
