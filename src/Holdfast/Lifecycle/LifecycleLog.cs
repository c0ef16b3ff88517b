using Microsoft.Extensions.Logging;

namespace Holdfast.Lifecycle;

internal static partial class LifecycleLog
{
    [LoggerMessage(100, LogLevel.Information, "Shutdown: leaving within {BudgetSeconds} s.")]
    public static partial void ShutdownStarted(this ILogger logger, double budgetSeconds);

    [LoggerMessage(101, LogLevel.Information, "Shutdown phase {Number} {Phase} took {DurationMs:F0} ms.")]
    public static partial void PhaseFinished(this ILogger logger, int number, ShutdownPhase phase, double durationMs);

    [LoggerMessage(102, LogLevel.Information, "Shutdown: flushed={Flushed} spooled={Spooled} dead_lettered={DeadLettered} dropped={Dropped} in {DurationSeconds:F1} s, exit code {ExitCode}.")]
    public static partial void ShutdownFinished(this ILogger logger, long flushed, long spooled, long deadLettered, long dropped, double durationSeconds, int exitCode);

    [LoggerMessage(103, LogLevel.Warning, "Shutdown: {Participant} did not end within its share of {ShareSeconds} s and was left behind.")]
    public static partial void ParticipantOutOfTime(this ILogger logger, string participant, double shareSeconds);

    [LoggerMessage(104, LogLevel.Error, "Shutdown: {Participant} failed.")]
    public static partial void ParticipantFailed(this ILogger logger, Exception fault, string participant);

    [LoggerMessage(105, LogLevel.Critical, "The loop {Loop} failed and starts again in {DelaySeconds} s.")]
    public static partial void LoopFailed(this ILogger logger, Exception fault, string loop, double delaySeconds);

    [LoggerMessage(106, LogLevel.Information, "Shutdown phase {Number} {Phase} is left out: graceful shutdown is switched off (RESILIENCE_GRACEFUL_SHUTDOWN_ENABLED).")]
    public static partial void PhaseLeftOut(this ILogger logger, int number, ShutdownPhase phase);
}
