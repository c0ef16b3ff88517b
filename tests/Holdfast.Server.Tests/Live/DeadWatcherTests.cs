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

/// <summary>As above.</summary>
public sealed class StoppedReaderTests
{
    [Fact]
    public async Task A_watcher_that_takes_nothing_more_is_gone_within_fifteen_seconds_whatever_waits_for_it()
    {
        await using var server = await TestServer.StartAsync();
        await using var dead = await LiveClient.GreetedAsync(server);
        var filler = new string('x', 2_000);
        for (var from = 1; from <= 8_000; from += 1_000)
        {
            var events = Enumerable.Range(from, 1_000).Select(n => $$"""{"event_type":"slow.reader","data":{"n":{{n}},"filler":"{{filler}}"} }""");
            (await server.PostAsync($"[{string.Join(',', events)}]")).Status.ShouldBe(202);
        }

        var started = TimeProvider.System.GetTimestamp();
        await Deadline.EventuallyAsync(() => Task.FromResult(server.Node.Parts.Adapter.ConnectionCount), count => count == 0);

        TestContext.Current.TestOutputHelper?.WriteLine($"{TimeProvider.System.GetElapsedTime(started)}");
        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(18));
    }
}
