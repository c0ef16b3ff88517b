using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Server.Tests.Start;

public sealed class ServiceManagerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_told_arrives_as_one_datagram_over_a_file_or_an_abstract_name(bool isAbstract)
    {
        var name = Path.Combine(Path.GetTempPath(), $"holdfast-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(isAbstract ? $"\0{name}" : name));
        var manager = new ServiceManager(isAbstract ? $"@{name}" : name, NullLogger<ServiceManager>.Instance);

        manager.Notify("READY=1");
        manager.Notify("STOPPING=1");

        (await ReceiveAsync(listener)).ShouldBe("READY=1");
        (await ReceiveAsync(listener)).ShouldBe("STOPPING=1");
        File.Delete(name);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/nowhere/at/all")]
    public void Nobody_to_tell_is_no_fault(string? path) =>
        Should.NotThrow(() => new ServiceManager(path, NullLogger<ServiceManager>.Instance).Notify("READY=1"));

    private static async Task<string> ReceiveAsync(Socket listener)
    {
        using var patience = new CancellationTokenSource(Patience);
        var buffer = new byte[512];
        return Encoding.UTF8.GetString(buffer, 0, await listener.ReceiveAsync(buffer, patience.Token));
    }
}
