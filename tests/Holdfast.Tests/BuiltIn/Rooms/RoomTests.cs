using Holdfast.BuiltIn;
using Holdfast.BuiltIn.Commands;
using Holdfast.BuiltIn.Rooms;
using Holdfast.Events;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Tests.BuiltIn.Rooms;

/// <summary>One room on a network in memory and a clock that stands still.</summary>
public sealed class RoomTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly TrialTransport _network = new();
    private readonly EventBus _bus;
    private readonly Heard _heard = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private Room _room = null!;

    public RoomTests()
    {
        _bus = new EventBus(time: _time);
        _bus.Subscribe("room.*", _heard.HandleAsync);
        _bus.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _bus.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task What_happens_in_the_room_is_told_with_all_that_is_known_of_it()
    {
        Run(Chat());
        var socket = await _network.AcceptAsync();

        socket.Say("""{"type":"chat","user":"ann","text":"hello","time":"2026-01-31T11:59:58Z"}""");

        (await _heard.NextAsync()).Type.ShouldBe("room.joined");
        var happened = await _heard.NextAsync();
        (happened.Type, happened.Priority, happened.NoRetry).ShouldBe(("room.event.chat", EventPriority.High, true));
        happened.Tags.ShouldBe([EventMarks.Outside, "room:lobby"]);
        var said = happened.DataAs<RoomEvent>();
        (said.Room, said.User, said.Text, said.Role, said.SaidAt).ShouldBe(("lobby", "ann", "hello", CommandRole.Admin, Some.Instant.AddSeconds(-2)));
        (said.IsOwn, said.IsPrivate).ShouldBe((false, false));
    }

    [Fact]
    public async Task Commands_own_words_and_private_ones_are_marked()
    {
        Run(Chat());
        var socket = await _network.AcceptAsync();
        await _heard.NextAsync();

        socket.Say("""{"type":"chat","user":"bob","text":" !uptime"}""");
        socket.Say("""{"type":"chat","user":"guard","text":"!uptime"}""");
        socket.Say("""{"type":"pm","user":"bob","text":"!uptime"}""");
        var asked = await _heard.NextAsync();
        var own = await _heard.NextAsync();
        var alone = await _heard.NextAsync();

        asked.Tags.ShouldContain(EventMarks.Command);
        own.Tags.ShouldBe([EventMarks.Outside, "room:lobby", EventMarks.Own]);
        alone.DataAs<RoomEvent>().IsAnsweredInPrivate.ShouldBeTrue();
        asked.DataAs<RoomEvent>().IsAnsweredInPrivate.ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_no_JSON_or_too_large_costs_itself_alone()
    {
        Run(Chat());
        var socket = await _network.AcceptAsync();
        await _heard.NextAsync();

        socket.Say("hello");
        socket.Say("{\"text\":\"\\ud800\"}");
        socket.SayTooMuch();
        socket.Say("""{"type":"chat\u0007"}""");

        (await _heard.NextAsync()).Type.ShouldBe("room.event.unknown");
        var counters = _room.Snapshot().Counters;
        (counters.Received, counters.Unreadable, counters.TooLarge).ShouldBe((4, 2, 1));
        _room.IsJoined.ShouldBeTrue();
    }

    [Fact]
    public async Task Login_and_join_are_said_in_their_order_and_only_their_answers_let_it_in()
    {
        Run(Chat() with
        {
            Login = new RoomStep("login", """{"login":1}"""u8.ToArray(), Match("type", "\"welcome\"")),
            Join = new RoomStep("join", """{"join":2}"""u8.ToArray(), Match("type", "\"joined\"")),
        });
        var socket = await _network.AcceptAsync();

        (await socket.HearAsync()).ShouldBe("""{"login":1}""");
        socket.Say("""{"type":"news"}""");
        (await _heard.NextAsync()).Type.ShouldBe("room.event.news");
        _room.Snapshot().Standing.State.ShouldBe(RoomState.Connecting);
        socket.Say("""{"type":"welcome"}""");
        (await socket.HearAsync()).ShouldBe("""{"join":2}""");
        socket.Say("""{"type":"joined"}""");

        (await _heard.TypesAsync(3)).ShouldBe(["room.event.welcome", "room.event.joined", "room.joined"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_login_that_is_not_confirmed_has_failed()
    {
        Run(Chat() with { Login = new RoomStep("login", """{"login":1}"""u8.ToArray(), Match("ok", "true")) });
        var socket = await _network.AcceptAsync();
        await socket.HearAsync();
        socket.Say("""{"ok":false}""");
        await _heard.NextAsync();

        await PassAsync(TimeSpan.FromSeconds(10));

        await UntilAsync(RoomState.Waiting);
        _room.Snapshot().Standing.LastError.ShouldBe("The login was not confirmed in time.");
        await socket.Disposed;
    }

    [Fact]
    public async Task A_connection_that_nobody_answers_is_given_up_after_ten_seconds()
    {
        Run(Chat());
        await _network.DialAsync();

        await PassAsync(TimeSpan.FromSeconds(10));

        await UntilAsync(RoomState.Waiting);
        _room.Snapshot().Standing.LastError.ShouldBe("There was no connection in time.");
    }

    [Fact]
    public async Task After_a_loss_it_waits_and_connects_once_whatever_reports_the_loss()
    {
        Run(Chat() with { Silence = TimeSpan.FromSeconds(1) });
        var socket = await _network.AcceptAsync();
        await UntilAsync(RoomState.Joined);
        socket.Hold = new TaskCompletionSource();
        var sending = _room.SendAsync(new RoomMessage("lobby", "hello"), TestContext.Current.CancellationToken);
        await socket.HearAsync();

        socket.Close("gone");
        socket.Hold.SetException(new RoomLostException("gone too"));
        await UntilAsync(RoomState.Waiting);
        await Should.ThrowAsync<RoomRefusedException>(() => sending);
        await PassAsync(TimeSpan.FromSeconds(1.9));
        _network.Count.ShouldBe(1);
        await PassAsync(TimeSpan.FromSeconds(0.1));
        await _network.AcceptAsync();
        await UntilAsync(RoomState.Joined);

        _network.Count.ShouldBe(2);
        _room.Snapshot().Counters.Losses.ShouldBe(1);
    }

    [Fact]
    public async Task A_room_in_which_nothing_is_heard_is_lost()
    {
        Run(Chat() with { Silence = TimeSpan.FromSeconds(15) });
        var socket = await _network.AcceptAsync();
        await UntilAsync(RoomState.Joined);

        await PassAsync(TimeSpan.FromSeconds(14));
        socket.Say("""{"type":"chat"}""");
        await HeardAsync("room.event.chat");
        await PassAsync(TimeSpan.FromSeconds(14));
        _room.IsJoined.ShouldBeTrue();
        await PassAsync(TimeSpan.FromSeconds(2));

        await UntilAsync(RoomState.Waiting);
        _room.Snapshot().Standing.LastError.ShouldBe("Nothing was heard for 15 s.");
    }

    [Fact]
    public async Task Where_certain_frames_are_its_heartbeat_others_do_not_keep_it()
    {
        Run(Chat() with { Silence = TimeSpan.FromSeconds(15), SilenceTypes = ["media"] });
        var socket = await _network.AcceptAsync();
        await UntilAsync(RoomState.Joined);
        await PassAsync(TimeSpan.FromSeconds(10));

        socket.Say("""{"type":"chat"}""");
        await HeardAsync("room.event.chat");
        await PassAsync(TimeSpan.FromSeconds(5));

        await UntilAsync(RoomState.Waiting);
    }

    [Fact]
    public async Task Its_own_heartbeat_goes_out_as_often_as_the_room_wants()
    {
        Run(Chat() with { Heartbeat = new RoomHeartbeat("[1]"u8.ToArray(), TimeSpan.FromSeconds(20)) });
        var socket = await _network.AcceptAsync();
        await UntilAsync(RoomState.Joined);

        await PassAsync(TimeSpan.FromSeconds(20));
        var first = await socket.HearAsync();
        await PassAsync(TimeSpan.FromSeconds(20));
        var second = await socket.HearAsync();

        (first, second).ShouldBe(("[1]", "[1]"));
    }

    [Fact]
    public async Task Stopping_ends_a_delay_of_minutes_at_once()
    {
        Run(Chat());
        (await _network.DialAsync()).Refuse("away");
        await UntilAsync(RoomState.Waiting);

        await _stop.CancelAsync();
        await _running.WaitAsync(TestContext.Current.CancellationToken);

        _room.Snapshot().Standing.State.ShouldBe(RoomState.Disconnected);
    }

    [Fact]
    public async Task Stopping_says_goodbye()
    {
        Run(Chat());
        var socket = await _network.AcceptAsync();
        await UntilAsync(RoomState.Joined);

        await _stop.CancelAsync();
        await _running.WaitAsync(TestContext.Current.CancellationToken);

        socket.SaidGoodbye.ShouldBeTrue();
        (_room.Snapshot().Standing.State, _room.Snapshot().Counters.Losses).ShouldBe((RoomState.Disconnected, 0));
    }

    [Fact]
    public async Task After_as_many_attempts_as_it_may_make_it_is_given_up_and_says_so()
    {
        Run(Chat() with { AttemptsMax = 2 });
        (await _network.DialAsync()).Refuse("one");
        await UntilAsync(RoomState.Waiting);
        await PassAsync(TimeSpan.FromSeconds(3));
        (await _network.DialAsync()).Refuse("two");

        await _running.WaitAsync(TestContext.Current.CancellationToken);

        (_room.Snapshot().Standing.State, _room.Snapshot().Standing.LastError).ShouldBe((RoomState.Disconnected, "two"));
        (await _heard.TypesAsync(2)).ShouldBe(["room.lost", "room.given_up"]);
    }

    [Fact]
    public async Task A_message_is_said_and_what_is_in_it_stays_a_text()
    {
        Run(Chat());
        var socket = await _network.AcceptAsync();
        await UntilAsync(RoomState.Joined);

        await _room.SendAsync(new RoomMessage("lobby", "a \"quote\" and {to}"), TestContext.Current.CancellationToken);
        await _room.SendAsync(new RoomMessage("lobby", "psst") { To = "ann" }, TestContext.Current.CancellationToken);

        (await socket.HearAsync()).ShouldBe("""{"type":"chat","text":"a \u0022quote\u0022 and {to}"}""");
        (await socket.HearAsync()).ShouldBe("""["pm","ann",{"text":"psst"}]""");
        _room.Snapshot().Counters.Sent.ShouldBe(2);
    }

    [Fact]
    public async Task A_message_that_cannot_be_said_is_refused_at_once()
    {
        Run(Chat() with { SendQueue = 1 });
        var dial = await _network.DialAsync();
        (await RefusedAsync(new RoomMessage("lobby", "early"))).ErrorClass.ShouldBe(RoomRefusedException.Unavailable);
        var socket = dial.Accept();
        await UntilAsync(RoomState.Joined);
        socket.Hold = new TaskCompletionSource();

        var taken = _room.SendAsync(new RoomMessage("lobby", "one"), TestContext.Current.CancellationToken);
        await socket.HearAsync();
        var waits = _room.SendAsync(new RoomMessage("lobby", "two"), TestContext.Current.CancellationToken);
        (await RefusedAsync(new RoomMessage("lobby", "three"))).ErrorClass.ShouldBe(RoomRefusedException.Unavailable);
        socket.Hold.SetResult();

        await taken;
        await waits;
        _room.Snapshot().Counters.Refused.ShouldBe(2);
    }

    [Fact]
    public async Task A_message_that_nobody_takes_ends_the_connection()
    {
        Run(Chat());
        var socket = await _network.AcceptAsync();
        await UntilAsync(RoomState.Joined);
        socket.Hold = new TaskCompletionSource();

        var sending = _room.SendAsync(new RoomMessage("lobby", "one"), TestContext.Current.CancellationToken);
        await socket.HearAsync();
        await PassAsync(TimeSpan.FromSeconds(10));

        (await Should.ThrowAsync<RoomRefusedException>(() => sending)).ErrorClass.ShouldBe(RoomRefusedException.Unavailable);
        await UntilAsync(RoomState.Waiting);
    }

    [Fact]
    public async Task A_live_stream_goes_on_where_it_ended()
    {
        Run(new RoomOptions { Name = "other", Url = new Uri("ws://other/live"), Protocol = RoomProtocolKind.Holdfast });
        var dial = await _network.DialAsync();
        dial.Address.ShouldBe(new Uri("ws://other/live"));
        var socket = dial.Accept();
        socket.Say("""["h",{"cursor":"c1"}]""");
        socket.Say("""["e","c+2",[{"event_type":"order.placed","data":{"n":1}},{"event_type":"room.event.chat"},{"event_type":"order.failed"}]]""");
        socket.Say("""["k",1]""");
        socket.Close("restarts");

        await UntilAsync(RoomState.Waiting);
        await PassAsync(TimeSpan.FromSeconds(2));
        var again = await _network.DialAsync();

        again.Address.ShouldBe(new Uri("ws://other/live?since=c%2B2"));
        var told = (await _heard.TypesAsync(4)).Where(type => type.StartsWith("room.event", StringComparison.Ordinal)).ToList();
        told.ShouldBe(["room.event.order.placed", "room.event.order.failed"], "what came from a room there is not passed on");
    }

    private static RoomOptions Chat() => new()
    {
        Name = "lobby",
        Url = new Uri("wss://chat.example/socket"),
        User = "guard",
        Private = Match("type", "\"pm\""),
        Message = new FrameTemplate(TrialHandler.Json("""{"type":"chat","text":"{text}"}""")),
        PrivateMessage = new FrameTemplate(TrialHandler.Json("""["pm","{to}",{"text":"{text}"}]""")),
        Roles = new Dictionary<string, CommandRole> { ["ann"] = CommandRole.Admin },
    };

    private static FrameMatch Match(string path, string json) => new([(new FramePath(path), TrialHandler.Json(json))]);

    private void Run(RoomOptions options)
    {
        _room = new Room(options, new RoomContext(_network, _time, () => 0.5, NullLogger.Instance));
        _running = _room.RunAsync(new RoomNews(_bus, () => { }), _stop.Token);
    }

    private Task<RoomRefusedException> RefusedAsync(RoomMessage message) =>
        Should.ThrowAsync<RoomRefusedException>(() => _room.SendAsync(message, TestContext.Current.CancellationToken));

    private Task UntilAsync(RoomState state) => RetryRig.UntilAsync(() => _room.Snapshot().Standing.State == state, $"the room is {state}");

    private async Task HeardAsync(string type)
    {
        while ((await _heard.NextAsync()).Type != type)
        {
        }
    }

    // The clock moves only when whatever had to set a timer has set it.
    private async Task PassAsync(TimeSpan time)
    {
        await RetryRig.UntilAsync(() => _time.TimersSet > 0, "something waits for time to pass");
        _time.Advance(time);
    }
}
