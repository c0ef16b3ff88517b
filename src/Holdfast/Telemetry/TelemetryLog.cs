using Microsoft.Extensions.Logging;

namespace Holdfast.Telemetry;

internal static partial class TelemetryLog
{
    [LoggerMessage(1100, LogLevel.Error, "Some metrics could not be observed and are missing until they can be again. Said once until then.")]
    public static partial void ObservationFailed(this ILogger logger, Exception fault);

    [LoggerMessage(1101, LogLevel.Warning, "The instrument {Instrument} of the meter {Meter} is not exported: {Metric} is the name of another kind of metric already.")]
    public static partial void NameTaken(this ILogger logger, string meter, string instrument, string metric);
}
