using System.Globalization;
using System.Net;

namespace Holdfast.Retries;

/// <summary>What an answer to a callback means. Pure.</summary>
/// <param name="RetryAfter">What the answer asks for; null: nothing.</param>
/// <param name="BodyHead">The beginning of the body, for people.</param>
internal readonly record struct CallbackAnswer(int Status, TimeSpan? RetryAfter, string BodyHead)
{
    // Nobody is waited for longer because he says so.
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromDays(1);

    public RetryOutcome Judge(StatusRanges success)
    {
        if (success.Contain(Status))
        {
            return RetryOutcome.Done;
        }

        // A request that was refused is refused again. Redirects are not followed: the target was checked, and where they lead was not.
        var mayChange = Status is >= 500 or < 300 or 408 or 425 or 429;
        return mayChange ? RetryOutcome.Retry(Text, Delay) : RetryOutcome.Fail(Text);
    }

    private TimeSpan? Delay => Status is 429 or 503 && RetryAfter is { } after ? (after < RetryAfterMax ? after : RetryAfterMax) : null;

    private string Text => $"HTTP {Status.ToString(CultureInfo.InvariantCulture)} {(Enum.IsDefined((HttpStatusCode)Status) ? (HttpStatusCode)Status : "")}: {BodyHead}".Trim(' ', ':');
}
