using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Security;

internal static partial class SecurityLog
{
    [LoggerMessage(1710, LogLevel.Warning, "{Address} has shown something that is not good: {Fault}")]
    public static partial void CredentialRefused(this ILogger logger, string address, string fault);
}
