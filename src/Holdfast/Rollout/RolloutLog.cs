using Microsoft.Extensions.Logging;

namespace Holdfast.Rollout;

internal static partial class RolloutLog
{
    [LoggerMessage(1800, LogLevel.Information, "{Flags} flags that were set at run time are taken from {Path} (version {Version}) until the store is read.")]
    public static partial void KnownFlagsTaken(this ILogger logger, int flags, int version, string path);

    [LoggerMessage(1801, LogLevel.Warning, "{Path} cannot be read: {Fault}. What was set at run time is in effect when the store is read.")]
    public static partial void KnownFlagsUnreadable(this ILogger logger, string path, string fault);

    [LoggerMessage(1802, LogLevel.Warning, "{Path} cannot be written: {Fault}. A start without the store will not know the flags of now.")]
    public static partial void KnownFlagsUnwritten(this ILogger logger, string path, string fault);

    [LoggerMessage(1803, LogLevel.Warning, "What is set at run time cannot be read ({Code}); version {Version} stays in effect, and flags.override.json wins over it.")]
    public static partial void FlagsUnread(this ILogger logger, string code, int version);

    [LoggerMessage(1804, LogLevel.Warning, "What is stored for the flag {Flag} cannot be used, the last good one stays: {Faults}")]
    public static partial void FlagUnusable(this ILogger logger, string flag, string faults);

    [LoggerMessage(1805, LogLevel.Information, "The rollout of {Flag} moves to {Percent} %: {Because}")]
    public static partial void RolloutMoved(this ILogger logger, string flag, decimal percent, string because);

    [LoggerMessage(1806, LogLevel.Warning, "The rollout of {Flag} is rolled back to {Percent} %: {Because}")]
    public static partial void RolloutRolledBack(this ILogger logger, string flag, decimal percent, string because);

    [LoggerMessage(1807, LogLevel.Warning, "Rollouts stand still while the store cannot be asked ({Code}).")]
    public static partial void RolloutsStandStill(this ILogger logger, string code);
}
