using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Realtime;

/// <summary>In a class of its own, so that others run while it waits.</summary>
public sealed class DeadClientTests
{
    [Fact]
    public async Task A_client_that_answers_no_ping_is_gone_from_its_channels_within_fifteen_seconds()
    {
        await using var server = await TestServer.StartAsync();
        await using var dead = await RealtimeWire.ConnectAsync(server);
        await dead.JoinAsync("realtime:a", """{"presence":{"enabled":true}}""");
        var (adapter, hub) = (server.Node.Parts.Realtime.Adapter, server.Node.Parts.Realtime.Hub);
        (adapter.ConnectionCount, hub.Channels).ShouldBe((1, 1));
        var started = TimeProvider.System.GetTimestamp();

        await Deadline.EventuallyAsync(() => Task.FromResult((adapter.ConnectionCount, hub.Channels)), open => open == (0, 0));

        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(18));
    }
}
