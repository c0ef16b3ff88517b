using Microsoft.Extensions.Logging;

namespace Holdfast.Operations;

internal static partial class OperationsLog
{
    [LoggerMessage(1300, LogLevel.Information, "Operation {Id} is {State} after {Taken} items, of which {Failed} failed again: {Because}")]
    public static partial void OperationEnded(this ILogger logger, Guid id, string state, long taken, long failed, string because);

    [LoggerMessage(1301, LogLevel.Warning, "Operations could not be worked on ({Code}); they go on later.")]
    public static partial void OperationsUnavailable(this ILogger logger, string code);

    [LoggerMessage(1302, LogLevel.Error, "Operation {Id} could not be moved on. It is tried again.")]
    public static partial void OperationFaulted(this ILogger logger, Exception fault, Guid id);
}
