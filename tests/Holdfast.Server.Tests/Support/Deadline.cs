using System.Text.Json;

namespace Holdfast.Server.Tests.Support;

/// <summary>How long a test waits for what must happen. Generous, since a busy machine is no fault; what is timed says so itself.</summary>
internal static class Deadline
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(20);

    /// <summary>Cancelled when the test ends or patience does.</summary>
    public static CancellationToken Token(TimeSpan? patience = null)
    {
        // The source lives as long as its timer; a test makes a handful.
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(patience ?? Patience);
        return source.Token;
    }

    /// <summary>
    /// Asks again until the answer is right: for what only HTTP can tell. One that lacks what is looked for, as a 503 of a busy machine does, is
    /// not right either.
    /// </summary>
    public static async Task<T> EventuallyAsync<T>(Func<Task<T>> ask, Func<T, bool> isRight)
    {
        var deadline = Token();
        while (true)
        {
            try
            {
                var answer = await ask();
                if (isRight(answer))
                {
                    return answer;
                }

                deadline.IsCancellationRequested.ShouldBeFalse($"The last answer before patience ended: {Told(answer)}");
            }
            catch (Exception unlike) when (unlike is KeyNotFoundException or InvalidOperationException or JsonException && !deadline.IsCancellationRequested)
            {
                // Patience decides.
            }

            await Task.Delay(PollPeriod, deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static string? Told<T>(T answer) => answer is IEnumerable<JsonElement> several ? string.Join('\n', several) : $"{answer}";
}
