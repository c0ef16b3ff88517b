using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Realtime;

/// <summary>What the official client sees of a server that is restarted under it.</summary>
public sealed class OfficialClientRestartTests
{
    private const int Meanwhile = 5;

    [Theory]
    [MemberData(nameof(OfficialClientTests.Versions), MemberType = typeof(OfficialClientTests))]
    public async Task Its_channels_come_back_by_themselves_and_the_live_topic_misses_nothing(string version)
    {
        using var data = new DataDirectory();
        var first = await TestServer.StartAsync(data);
        using var scene = RealtimeScene.Begin(first.Address, version, "restart", new { events = 1 + Meanwhile });
        (await scene.SaysAsync()).GetProperty("ready").GetBoolean().ShouldBeTrue();

        await first.DisposeAsync();
        (await scene.SaysAsync()).GetProperty("bye").GetString().ShouldBe("the server restarts");
        await RecordAsync(data);
        await using var second = await TestServer.StartAsync(data, new Dictionary<string, object> { [FlagNames.Port] = first.Address.Port });
        var seen = await scene.EndAsync();

        seen.GetProperty("sequences").EnumerateArray().Select(number => number.GetInt64()).Distinct().ShouldBe(Enumerable.Range(1, 2 + Meanwhile).Select(number => (long)number));
        seen.GetProperty("gaps").GetArrayLength().ShouldBe(0);
        var states = seen.GetProperty("states").EnumerateArray().Select(state => state.GetProperty("state").GetString()).ToArray();
        states.Count(state => state == "SUBSCRIBED").ShouldBe(2);
        states.ShouldNotContain("CLOSED");
    }

    // While the client has nobody to talk to, on another port.
    private static async Task RecordAsync(DataDirectory data)
    {
        await using var between = await TestServer.StartAsync(data);
        for (var events = 0; events < Meanwhile; events++)
        {
            (await between.PostAsync("""{"event_type":"restart.meanwhile","data":{}}""")).Status.ShouldBe(202);
        }
    }
}
