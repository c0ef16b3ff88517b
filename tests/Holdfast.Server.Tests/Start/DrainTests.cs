using Holdfast.Lifecycle;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.Start;

public sealed class DrainTests : IAsyncLifetime
{
    private readonly HeldShutdown _held = new(ShutdownPhase.Flush);
    private TestServer? _server;
    private SocketClient? _producer;
    private Task _stop = Task.CompletedTask;

    private TestServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(services: services => services.AddSingleton<IShutdownParticipant>(_held));
        _producer = await SocketClient.ConnectAsync(_server.WebSocketAddress("/events"));
        _stop = _server.StopAsync();
        await _held.Reached;
    }

    public async ValueTask DisposeAsync()
    {
        _held.Release();
        await _stop;
        await _producer!.DisposeAsync();
        await Server.DisposeAsync();
    }

    [Fact]
    public async Task New_events_are_refused_with_a_time_to_come_back()
    {
        var answer = await Server.PostAsync(SomeEvents.One());

        answer.ShouldBeProblem(503);
        answer.ShouldSayWhenToComeBack();
    }

    [Fact]
    public async Task Readiness_fails_and_liveness_does_not()
    {
        var ready = await Server.GetAsync("/health/ready");
        var live = await Server.GetAsync("/health/live");

        ready.Status.ShouldBe(503);
        ready.Json.GetProperty("status").GetString().ShouldBe("fail");
        ready.Body.ShouldContain("shutting down");
        live.Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_producer_that_is_connected_is_told()
    {
        await _producer!.SendAsync(SomeEvents.One());

        var answer = (await _producer.ReceiveAsync()).ShouldNotBeNull();

        answer.GetProperty("status").GetString().ShouldBe("error");
        answer.RulesAndFields().ShouldBe(["draining event"]);
    }

    [Theory]
    [InlineData("/live")]
    [InlineData("/events")]
    public async Task No_new_connection_is_opened(string path) =>
        (await SocketClient.RefusedAsync(Server.WebSocketAddress(path))).ShouldBe(503);
}
