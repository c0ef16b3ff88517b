using System.Diagnostics;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Broadcasting;

/// <summary>The server as the stand-in of a hosted project.</summary>
public sealed class HostedMannersTests
{
    private static readonly Dictionary<string, object> Hosted = new() { [FlagNames.RealtimeHosted] = true };

    [Fact]
    public async Task A_key_has_a_hundred_messages_a_second_and_is_told_how_many_are_left()
    {
        await using var project = await TestServer.StartAsync(settings: Hosted);

        var first = await PostAsync(project, 60);
        var tooMany = await PostAsync(project, 60);
        var fits = await PostAsync(project, 40);
        var none = await PostAsync(project, 1);

        (first.Status, first.Header("x-rate-limit"), first.Header("x-rate-limit-remaining")).ShouldBe((202, "100", "40"));
        (tooMany.Status, tooMany.Header("x-rate-limit-remaining")).ShouldBe((429, "40"));
        tooMany.Body.ShouldContain("Too many messages to broadcast, please reduce the batch size");
        fits.Status.ShouldBe(202);
        (none.Status, none.Body).ShouldBe((429, """{"message":"Too many requests"}"""));
    }

    [Fact]
    public async Task A_refused_connection_waits_two_seconds_for_its_answer()
    {
        await using var project = await TestServer.StartAsync(settings: Hosted);
        await KeyedServer.KeyAsync(project, "somebody", "viewer");
        var started = Stopwatch.GetTimestamp();

        (await SocketClient.RefusedAsync(project.WebSocketAddress("/realtime/v1/websocket?apikey=wrong&vsn=2.0.0"))).ShouldBe(401);

        Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromSeconds(1.9));
    }

    [Fact]
    public async Task A_refused_join_waits_five_seconds_for_its_answer()
    {
        await using var project = await TestServer.StartAsync(settings: Hosted);
        await using var socket = await SocketClient.ConnectAsync(project.WebSocketAddress("/realtime/v1/websocket?apikey=any&vsn=2.0.0"));
        var started = Stopwatch.GetTimestamp();
        await socket.SendAsync("""["1","1","realtime:","phx_join",{"config":{}}]""");

        var answer = (await socket.ReceiveAsync()).ShouldNotBeNull();

        answer[4].GetProperty("status").GetString().ShouldBe("error");
        Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromSeconds(4.9));
    }

    private static Task<Answer> PostAsync(TestServer project, int messages) => project.AskAsync(
        HttpMethod.Post,
        "/realtime/v1/api/broadcast",
        $$"""{"messages":[{{string.Join(',', Enumerable.Repeat("""{"topic":"t","event":"e","payload":{}}""", messages))}}]}""");
}
