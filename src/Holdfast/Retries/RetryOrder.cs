namespace Holdfast.Retries;

/// <summary>
/// The order of the queue, without starvation: items stand in it at <c>run_after + (10 - priority) * 30 s</c>. Among items due together the
/// higher priority goes first, and an item is overtaken only by those that come within the difference, at most 10 minutes.
/// </summary>
internal static class RetryOrder
{
    public const int PriorityMin = -10;
    public const int PriorityMax = 10;

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(30);

    // Longer than any queue: priority comes first, always.
    private static readonly TimeSpan StrictStep = TimeSpan.FromDays(36_500);

    public static TimeSpan Penalty(int priority, bool strict) => (PriorityMax - priority) * (strict ? StrictStep : Step);
}
