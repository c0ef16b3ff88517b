using System.Net;
using System.Net.Sockets;
using Holdfast.Faults.Support;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Security;

public sealed class ListeningTests
{
    /// <summary>ASP.NET's own settings know nothing of what is refused here, such as an address that is not loopback while there are no keys.</summary>
    [Theory]
    [InlineData("Kestrel__Endpoints__Other__Url")]
    [InlineData("ASPNETCORE_URLS")]
    [InlineData("URLS")]
    public async Task Nothing_but_its_own_settings_says_where_it_listens(string variable)
    {
        using var data = new DataDirectory();
        var other = FreePort();
        await using var server = await ServerProcess.StartAsync(
            data.Path, new Dictionary<string, string> { [variable] = $"http://0.0.0.0:{other}" }, Deadline.Token());

        using var client = new TcpClient();

        var refused = await Should.ThrowAsync<SocketException>(async () => await client.ConnectAsync(IPAddress.Loopback, other, Deadline.Token()));
        refused.SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
