using Microsoft.Extensions.Logging;

namespace Holdfast.Health;

internal static partial class HealthLog
{
    [LoggerMessage(2100, LogLevel.Warning, "The health check {Check} did not answer within {Seconds} s and was left behind.")]
    public static partial void CheckHangs(this ILogger logger, string check, double seconds);

    [LoggerMessage(2101, LogLevel.Warning, "The health check {Check} threw.")]
    public static partial void CheckThrew(this ILogger logger, Exception fault, string check);

    [LoggerMessage(2102, LogLevel.Warning, "Health: {Check} went from {From} to {To}. {Detail}")]
    public static partial void GotWorse(this ILogger logger, string check, string from, string to, string? detail);

    [LoggerMessage(2103, LogLevel.Information, "Health: {Check} went from {From} to {To}. {Detail}")]
    public static partial void GotBetter(this ILogger logger, string check, string from, string to, string? detail);

    [LoggerMessage(2104, LogLevel.Warning, "What is known of the health could not be read from {Path}: {Reason}. It begins anew; the file was put aside.")]
    public static partial void NotRead(this ILogger logger, string path, string reason);

    [LoggerMessage(2105, LogLevel.Warning, "What is known of the health could not be written to {Path}: {Reason}. It is tried again.")]
    public static partial void NotWritten(this ILogger logger, string path, string reason);

    [LoggerMessage(2106, LogLevel.Warning, "Recovery: the rule {Rule} acted because of {Check} ({Actions}): {Outcome}. {Detail}")]
    public static partial void Recovered(this ILogger logger, string rule, string check, string actions, string outcome, string? detail);

    [LoggerMessage(2107, LogLevel.Warning, "Recovery: the action {Action} of the rule {Rule} failed.")]
    public static partial void ActionFailed(this ILogger logger, Exception fault, string action, string rule);

    [LoggerMessage(2108, LogLevel.Warning, "There are two health checks of the name {Check}; the later is left out.")]
    public static partial void CheckLeftOut(this ILogger logger, string check);
}
