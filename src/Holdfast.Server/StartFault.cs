using System.Net.Sockets;
using Holdfast.Spool;

namespace Holdfast.Server;

/// <summary>Turns what can go wrong at start into one sentence that says what to do.</summary>
internal static class StartFault
{
    /// <summary>The sentence, or null for a fault that nobody foresaw: that one keeps its stack trace.</summary>
    public static string? Explain(Exception fault) => fault switch
    {
        SpoolStartException spool => spool.Message,
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } busy => $"{busy.Message} Stop the process that has the port, or choose another: PORT=8081.",
        SocketException { SocketErrorCode: SocketError.AccessDenied } denied => $"The port cannot be used: {denied.Message}. Choose one above 1023: PORT=8080.",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => "The address of HOLDFAST_BIND is not one of this machine.",
        AggregateException { InnerExceptions: [var only] } => Explain(only),
        _ => null,
    };
}
