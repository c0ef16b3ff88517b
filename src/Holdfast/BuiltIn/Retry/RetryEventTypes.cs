namespace Holdfast.BuiltIn.Retry;

/// <summary>The types of event that the component knows.</summary>
internal static class RetryEventTypes
{
    /// <summary>Asks for an operation to be executed, though nothing has failed.</summary>
    public const string Schedule = "retry.schedule";

    public const string Success = "retry.success";

    public const string Failed = "retry.failed";

    /// <summary>What it listens to. No type matches two of them, so nothing is taken twice.</summary>
    public static IReadOnlyList<string> Patterns { get; } = [Schedule, "*.failed", "*.error", "*.timeout"];
}
