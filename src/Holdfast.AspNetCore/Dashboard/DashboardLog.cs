using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Dashboard;

internal static partial class DashboardLog
{
    [LoggerMessage(EventId = 880, Level = LogLevel.Warning, Message = "The page is served without first figures: the snapshot could not be made.")]
    public static partial void SnapshotFailed(this ILogger logger, Exception fault);

    [LoggerMessage(EventId = 881, Level = LogLevel.Warning, Message = "This build has no dashboard: Node was not there when it was built.")]
    public static partial void DashboardMissing(this ILogger logger);
}
