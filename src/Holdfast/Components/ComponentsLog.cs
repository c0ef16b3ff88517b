using Microsoft.Extensions.Logging;

namespace Holdfast.Components;

internal static partial class ComponentsLog
{
    [LoggerMessage(1500, LogLevel.Information, "Component {Component} is {State}.")]
    public static partial void StateChanged(this ILogger logger, string component, ComponentState state);

    [LoggerMessage(1501, LogLevel.Warning, "Component {Component} is degraded: {Reasons}")]
    public static partial void Degraded(this ILogger logger, string component, string reasons);

    [LoggerMessage(1502, LogLevel.Error, "Component {Component} failed.")]
    public static partial void Failed(this ILogger logger, Exception fault, string component);

    [LoggerMessage(1503, LogLevel.Information, "Component {Component} is started again in {DelaySeconds:F1} s.")]
    public static partial void StartsAgain(this ILogger logger, string component, double delaySeconds);

    [LoggerMessage(1504, LogLevel.Warning, "Component {Component} did not {Step} in time and was left behind; nothing else is called of it before that has ended.")]
    public static partial void LeftBehind(this ILogger logger, string component, string step);

    [LoggerMessage(1505, LogLevel.Warning, "Component {Component}: what was left behind ({Step}) has ended.")]
    public static partial void EndedLate(this ILogger logger, Exception? fault, string component, string step);

    [LoggerMessage(1506, LogLevel.Error, "Component {Component} did not stop cleanly.")]
    public static partial void NotStoppedCleanly(this ILogger logger, Exception fault, string component);

    [LoggerMessage(1507, LogLevel.Error, "What component {Component} had registered with its cancellation failed.")]
    public static partial void CancellationFailed(this ILogger logger, Exception fault, string component);
}
