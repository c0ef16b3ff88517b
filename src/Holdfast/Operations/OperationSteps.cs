namespace Holdfast.Operations;

/// <summary>What an operation does next.</summary>
internal enum OperationMove
{
    /// <summary>The next portion.</summary>
    Take,

    /// <summary>It has taken as many as it may before more is known.</summary>
    Wait,

    /// <summary>What it took so far went well enough: the next step, or among the rest the next stretch to judge by.</summary>
    Advance,

    /// <summary>Too much failed.</summary>
    Stop,

    /// <summary>Everything is taken, and it is known what came of it.</summary>
    Complete,
}

/// <summary>
/// How far an operation may go before it looks at what came of it: with canary 1 item, 10 more, a tenth of all, and the rest; without, all
/// of them. Pure.
/// </summary>
internal static class OperationSteps
{
    /// <summary>Steps with canary; the last one is the rest.</summary>
    public const int Count = 4;

    /// <summary>
    /// Items that may be on their way at one time. With more, nobody would know in time that too much fails; and workers have enough to do
    /// with these until the next look.
    /// </summary>
    public const int WaitingMax = 10_000;

    private const int PortionMax = 500;

    // Of the canary 20 say enough. The rest is judged again and again, and a share near the limit would cross it by chance sooner or later.
    private const int JudgedFrom = 20;
    private const int RestJudgedFrom = 100;

    // The rest is judged by its latest stretch: what went well before a target broke must not make up for it.
    private const int Stretch = 1_000;

    /// <summary>How many items the step may take in all, from its beginning; null: whatever is left.</summary>
    public static long? SizeOf(BulkOperation operation) => (operation.Canary, operation.Step) switch
    {
        (true, 0) => 1,
        (true, 1) => 10,
        (true, 2) => Math.Max(1, (operation.Matched ?? 0) / 10),
        _ => null,
    };

    /// <summary>What to do next, by what is known now. An operation that has nothing left to take cannot stop: there is nothing to be saved from it.</summary>
    public static OperationMove Next(BulkOperation operation)
    {
        var step = operation.Progress.Since(operation.StepBase);
        if (operation.AllTaken)
        {
            return operation.Progress.Waiting > 0 ? OperationMove.Wait : OperationMove.Complete;
        }

        return MustStop(operation, step) ? OperationMove.Stop
            : IsDone(operation, step) ? OperationMove.Advance
            : RoomIn(operation, step) > 0 ? OperationMove.Take
            : OperationMove.Wait;
    }

    /// <summary>How many items the next portion may have.</summary>
    public static int PortionOf(BulkOperation operation)
    {
        var room = Math.Min(RoomIn(operation, operation.Progress.Since(operation.StepBase)), PortionMax);
        return (int)(operation.RatePerSecond is { } rate ? Math.Min(room, Math.Max(1, rate)) : room);
    }

    /// <summary>Whether too much of what is known has failed.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="step">What came of the items of its step.</param>
    public static bool MustStop(BulkOperation operation, OperationProgress step)
    {
        var known = step.Succeeded + step.Failed;
        var enough = SizeOf(operation) is { } size ? Math.Min(Math.Min(size, step.Taken), JudgedFrom) : RestJudgedFrom;
        return known > 0 && known >= enough && step.Failed > operation.StopAbove * known;
    }

    /// <summary>
    /// Whether the step has taken what it may, and everything is known, also what came of earlier items: an operation that was let go on may
    /// have had some on their way.
    /// </summary>
    public static bool IsDone(BulkOperation operation, OperationProgress step) => SizeOf(operation) is { } size
        ? step.Taken >= size && operation.Progress.Waiting <= 0
        : step.Succeeded + step.Failed >= Stretch;

    private static long RoomIn(BulkOperation operation, OperationProgress step) =>
        Math.Min(SizeOf(operation) - step.Taken ?? long.MaxValue, WaitingMax - operation.Progress.Waiting);
}
