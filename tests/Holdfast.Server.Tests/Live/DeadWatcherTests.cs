using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Live;

/// <summary>In a class of its own, so that others run while it waits.</summary>
public sealed class DeadWatcherTests
{
    [Fact]
    public async Task A_watcher_that_answers_no_ping_is_gone_within_fifteen_seconds()
    {
        await using var server = await TestServer.StartAsync();
        await using var dead = await LiveClient.GreetedAsync(server);
        server.Node.Parts.Adapter.ConnectionCount.ShouldBe(1);
        var started = TimeProvider.System.GetTimestamp();

        await Deadline.EventuallyAsync(() => Task.FromResult(server.Node.Parts.Adapter.ConnectionCount), count => count == 0);

        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(18));
    }
}
