using Holdfast.BuiltIn.Rooms;
using Holdfast.Events;
using Holdfast.Retries;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Tests.BuiltIn.Rooms;

/// <summary>What is said later.</summary>
public sealed class RoomMessageHandlerTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly TrialTransport _network = new();
    private readonly EventBus _bus;
    private readonly CancellationTokenSource _stop = new();
    private readonly RoomSet _rooms;
    private readonly Task _running;

    public RoomMessageHandlerTests()
    {
        _bus = new EventBus(time: _time);
        var lobby = new RoomOptions { Name = "lobby", Url = new Uri("ws://a"), Message = new FrameTemplate(TrialHandler.Json("""["{text}"]""")) };
        _rooms = new RoomSet([lobby], new RoomContext(_network, _time, () => 0.5, NullLogger.Instance));
        _running = _rooms.All.Single().RunAsync(new RoomNews(_bus, () => { }), _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _bus.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task A_message_is_said_as_soon_as_the_room_is_there()
    {
        var message = new RoomMessage("lobby", "hello");
        (await _network.DialAsync()).Refuse("away");
        await RetryRig.UntilAsync(() => _rooms.Snapshots[0].Standing.State == RoomState.Waiting && _time.TimersSet > 0, "it waits");
        (await HandleAsync(message)).ShouldBe(RetryOutcome.Snooze(TimeSpan.FromSeconds(3)), "the next attempt is in 2 s");

        _time.Advance(TimeSpan.FromSeconds(2));
        var socket = await _network.AcceptAsync();
        await RetryRig.UntilAsync(() => _rooms.All.Single().IsJoined, "it is joined");

        (await HandleAsync(message)).ShouldBe(RetryOutcome.Done);
        (await socket.HearAsync()).ShouldBe("""["hello"]""");
    }

    [Fact]
    public async Task What_the_room_can_never_take_is_not_tried_again() =>
        (await HandleAsync(new RoomMessage("lobby", "psst") { To = "ann" })).ShouldBeOfType<RetryOutcome.FailOutcome>();

    [Fact]
    public async Task Another_node_that_shares_the_queue_may_have_the_room() =>
        (await HandleAsync(new RoomMessage("elsewhere", "hello"))).ShouldBeOfType<RetryOutcome.RetryOutcomeAgain>();

    [Fact]
    public async Task What_is_no_message_has_failed() =>
        (await HandleAsync("lobby", "[]")).ShouldBeOfType<RetryOutcome.FailOutcome>();

    [Fact]
    public void Two_messages_of_one_cause_are_two()
    {
        var message = new RoomMessage("lobby", "hello");

        RoomMessageHandler.DraftOf(message).CorrelationId.ShouldNotBe(RoomMessageHandler.DraftOf(message).CorrelationId);
    }

    private Task<RetryOutcome> HandleAsync(RoomMessage message)
    {
        var draft = RoomMessageHandler.DraftOf(message);
        return HandleAsync(draft.Target, draft.Payload.GetRawText());
    }

    private Task<RetryOutcome> HandleAsync(string target, string payload) => new RoomMessageHandler(_rooms).HandleAsync(
        new RetryContext { Id = Guid.Empty, OperationType = "room_message", Target = target, Payload = TrialHandler.Json(payload), Attempt = 1, MaxRetries = 5, Token = 1 },
        TestContext.Current.CancellationToken);
}
