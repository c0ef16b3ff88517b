using Microsoft.Extensions.Logging;

namespace Holdfast.Monitoring.Adapters;

internal static partial class AdaptersLog
{
    [LoggerMessage(710, LogLevel.Information, "Broadcasts are made another way: {Now}, until now {Was}.")]
    public static partial void ModeChanged(this ILogger logger, BroadcastPlan was, BroadcastPlan now);

    [LoggerMessage(711, LogLevel.Warning, "The adapter {Adapter} does not take broadcasts; its watchers are caught up from the log when it does.")]
    public static partial void AdapterFailing(this ILogger logger, Exception fault, string adapter);

    [LoggerMessage(712, LogLevel.Information, "The adapter {Adapter} takes broadcasts again.")]
    public static partial void AdapterWorksAgain(this ILogger logger, string adapter);

    [LoggerMessage(713, LogLevel.Warning, "Broadcasts fail in mode {Plan}: {Reason} Watchers catch up from the log.")]
    public static partial void BroadcastFailing(this ILogger logger, BroadcastPlan plan, string reason);

    [LoggerMessage(714, LogLevel.Information, "Broadcasts are acknowledged again; {Failed} were not.")]
    public static partial void BroadcastWorksAgain(this ILogger logger, long failed);

    [LoggerMessage(715, LogLevel.Information, "Pages had better use {Now} than {Was}: {Reason}")]
    public static partial void EffectiveChanged(this ILogger logger, string was, string now, string reason);

    [LoggerMessage(716, LogLevel.Warning, "{Percent:F1} % of {Compared} {Category} events differ at the adapter {Adapter}, more than {PercentMax} %.")]
    public static partial void Mismatching(this ILogger logger, double percent, long compared, string category, string adapter, double percentMax);
}
