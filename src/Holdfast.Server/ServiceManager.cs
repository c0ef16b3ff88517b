using System.Net.Sockets;
using System.Text;

namespace Holdfast.Server;

/// <summary>
/// Tells systemd when the server is ready and when it leaves (<c>Type=notify</c>): one datagram to the socket that <c>NOTIFY_SOCKET</c> names,
/// as sd_notify(3) describes. Ours because Microsoft.Extensions.Hosting.Systemd is not to be had; replace it when it is.
/// </summary>
internal sealed partial class ServiceManager(string? socketPath, ILogger<ServiceManager> logger)
{
    private const char AbstractMark = '@';

    /// <summary>Speaks at the host's own turns. Does nothing where no service manager asked for it.</summary>
    public static void Follow(WebApplication app)
    {
        var manager = new ServiceManager(AskedFor(), app.Services.GetRequiredService<ILogger<ServiceManager>>());
        app.Lifetime.ApplicationStarted.Register(() => manager.Notify("READY=1\nSTATUS=Taking data."));
        app.Lifetime.ApplicationStopping.Register(() => manager.Notify("STOPPING=1\nSTATUS=Draining."));
    }

    /// <summary>A fault here never costs the service: it is logged, and systemd goes by its own time-outs.</summary>
    public void Notify(string state)
    {
        if (string.IsNullOrEmpty(socketPath))
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(Native(socketPath)));
        }
        catch (Exception fault) when (fault is SocketException or ArgumentException or PlatformNotSupportedException)
        {
            NotTold(logger, socketPath, fault.Message);
        }
    }

    /// <summary>A name of the abstract kind begins with NUL, which an environment variable cannot hold.</summary>
    private static string Native(string path) => path[0] == AbstractMark ? $"\0{path[1..]}" : path;

    private static string? AskedFor()
    {
#pragma warning disable RS0030 // Not a setting: the service manager's word to the process it starts.
        return Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
#pragma warning restore RS0030
    }

    [LoggerMessage(910, LogLevel.Warning, "The service manager could not be told over {Socket}: {Reason}")]
    private static partial void NotTold(ILogger logger, string socket, string reason);
}
