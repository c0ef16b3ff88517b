using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Holdfast.Server.Tests.Start;

public sealed class ShutdownTimeTests
{
    [Fact]
    public async Task The_host_waits_no_longer_than_the_budget_of_the_shutdown()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.GracefulShutdownTimeout] = 7 });

        server.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public async Task A_body_that_does_not_end_holds_up_no_shutdown()
    {
        await using var server = await TestServer.StartAsync();
        await using var slow = await RawConnection.OpenAsync(server.Address);
        await slow.SendAsync("POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n");
        (await slow.ReceiveHeadAsync()).ShouldStartWith("HTTP/1.1 100"); // from here on the body is being read
        var started = TimeProvider.System.GetTimestamp();

        await server.StopAsync();

        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(4));
    }
}
