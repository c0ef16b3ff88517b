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

    /// <summary>Asks again until the answer is right: for what only HTTP can tell.</summary>
    public static async Task<T> EventuallyAsync<T>(Func<Task<T>> ask, Func<T, bool> isRight)
    {
        var deadline = Token();
        while (true)
        {
            var answer = await ask();
            if (isRight(answer))
            {
                return answer;
            }

            deadline.IsCancellationRequested.ShouldBeFalse($"The last answer before patience ended: {answer}");
            await Task.Delay(PollPeriod, deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
