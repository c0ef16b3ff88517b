using Microsoft.Extensions.Logging;

namespace Holdfast.Postgres.Flags;

/// <summary>What the flags in PostgreSQL say; events 450 to 459.</summary>
internal static partial class FlagLog
{
    [LoggerMessage(450, LogLevel.Warning, "Cannot listen for changes of flags ({Reason}): until it can, they are found by looking every second")]
    public static partial void NotListening(ILogger logger, string reason);
}
