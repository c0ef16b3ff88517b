using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Holdfast.BuiltIn.Rooms;
using Holdfast.Events;
using Holdfast.Faults.Support;
using Holdfast.Flags;
using Holdfast.Retries;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.BuiltIn;

/// <summary>Rooms of a running server, over a real WebSocket and a network that can be cut.</summary>
public sealed class RoomsTests : IAsyncLifetime
{
    private ChatRoom _chat = null!;
    private CutProxy _network = null!;

    public async ValueTask InitializeAsync()
    {
        _chat = await ChatRoom.OpenAsync();
        _network = new CutProxy(_chat.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        await _chat.DisposeAsync();
    }

    [Fact]
    public async Task A_room_that_drops_refuses_and_goes_half_open_is_joined_again_each_time()
    {
        await using var server = await StartAsync(more: """, "ping_seconds": 1""");
        var first = await _chat.GuestAsync();
        first.Authorization.ShouldBe("Bearer swordfish");
        await RoomAsync(server, room => StateOf(room) == "joined");

        _network.Drop();
        await _chat.GuestAsync();
        var dropped = await RoomAsync(server, room => StateOf(room) == "joined");

        _network.Refuse();
        _network.Drop();
        var refused = await RoomAsync(server, room => StateOf(room) == "waiting" && room.GetProperty("attempts").GetInt32() > 3);
        _network.Accept();
        await _chat.GuestAsync();

        await RoomAsync(server, room => StateOf(room) == "joined");
        _network.Cut();
        var silent = await RoomAsync(server, room => StateOf(room) != "joined");
        _network.Mend();
        var last = await RoomAsync(server, room => StateOf(room) == "joined");

        CountOf(dropped, "losses").ShouldBePositive();
        refused.GetProperty("next_attempt_at").ValueKind.ShouldBe(JsonValueKind.String);
        refused.GetProperty("last_error").GetString()!.ShouldContain("refused");
        silent.GetProperty("last_error").GetString().ShouldNotBeNull();
        CountOf(last, "joins").ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task A_room_that_falls_silent_is_left_and_joined_again()
    {
        await using var server = await StartAsync(more: """, "ping_seconds": 0, "silence_seconds": 0.3, "silence_types": ["media"]""");

        await _chat.GuestAsync();
        await _chat.GuestAsync();

        (await RoomAsync(server, room => CountOf(room, "losses") > 0)).GetProperty("last_error").GetString().ShouldBe("Nothing was heard for 0.3 s.");
    }

    [Fact]
    public async Task What_is_said_in_the_room_is_an_event_and_a_rule_records_it()
    {
        await using var server = await StartAsync();
        await PutRulesAsync(server, """{"rules":[{"name":"log","pattern":"room.event.*","destination":"record"}]}""");
        var guest = await _chat.GuestAsync();

        await guest.SayAsync("""{"type":"chat","user":"ann","text":"hello","n":4711}""");

        var stored = (await server.StoredAsync("event_type=room.event.chat", 1))[0];
        var data = stored.GetProperty("data");
        (data.GetProperty("room").GetString(), data.GetProperty("user").GetString(), data.GetProperty("text").GetString()).ShouldBe(("lobby", "ann", "hello"));
        data.GetProperty("frame").GetProperty("n").GetInt32().ShouldBe(4711);
        stored.GetProperty("source").GetString().ShouldBe("rooms");
    }

    [Fact]
    public async Task Commands_are_answered_where_they_were_asked_and_roles_come_from_the_settings()
    {
        await using var server = await StartAsync();
        var guest = await _chat.GuestAsync();
        await RoomAsync(server, room => StateOf(room) == "joined");

        var inRoom = await guest.AskAsync("""{"type":"chat","user":"bob","text":"!about"}""");
        var alone = await guest.AskAsync("""{"type":"pm","user":"bob","text":"!uptime"}""");
        var refused = await guest.AskAsync("""{"type":"chat","user":"bob","text":"!debug"}""");
        var allowed = await guest.AskAsync("""{"type":"chat","user":"ann","text":"!debug memory"}""");
        var unknown = await guest.AskAsync("""{"type":"chat","user":"ann","text":"!dance"}""");

        (inRoom.GetProperty("type").GetString(), inRoom.GetProperty("text").GetString()!.StartsWith("holdfast ", StringComparison.Ordinal)).ShouldBe(("chat", true));
        (alone.GetProperty("type").GetString(), alone.GetProperty("to").GetString(), alone.GetProperty("text").GetString()![..3]).ShouldBe(("pm", "bob", "Up "));
        refused.GetProperty("text").GetString().ShouldBe("Only administrators may call 'debug'.");
        allowed.GetProperty("text").GetString()!.ShouldStartWith("memory: ");
        unknown.GetProperty("text").GetString()!.ShouldStartWith("There is no command 'dance'.");
    }

    [Fact]
    public async Task A_command_that_is_repeated_or_was_said_long_ago_is_not_done()
    {
        await using var server = await StartAsync();
        var told = Listen(server, "eventfilter.command.error");
        var guest = await _chat.GuestAsync();
        await RoomAsync(server, room => StateOf(room) == "joined");

        var first = await guest.AskAsync("""{"type":"chat","user":"bob","text":"!uptime"}""");
        await guest.SayAsync("""{"type":"chat","user":"bob","text":"!uptime"}""");
        await guest.SayAsync("""{"type":"chat","user":"ann","text":"!uptime","time":"2026-01-01T00:00:00Z"}""");
        var next = await guest.AskAsync("""{"type":"chat","user":"bob","text":"!about"}""");

        first.GetProperty("text").GetString()!.ShouldStartWith("Up ");
        next.GetProperty("text").GetString()!.ShouldStartWith("holdfast ");
        await Deadline.EventuallyAsync(() => Task.FromResult(told.Count), count => count == 2);
        told.Select(one => one.DataAs<JsonElement>().GetProperty("operation_type").GetString()).ShouldBe(["cooldown", "stale"], ignoreOrder: true);
    }

    [Fact]
    public async Task What_an_operator_did_from_a_room_is_audited_under_their_name_in_it()
    {
        await using var server = await StartAsync();
        var guest = await _chat.GuestAsync();
        await RoomAsync(server, room => StateOf(room) == "joined");
        var queue = server.Services.GetRequiredService<IRetryQueue>();
        var item = await queue.EnqueueAsync(new RetryDraft { OperationType = "nobody_does_this" }, TestContext.Current.CancellationToken);

        await guest.AskAsync($$"""{"type":"chat","user":"ann","text":"!retry cancel {{item.Id}}"}""");

        var audit = await Deadline.EventuallyAsync(() => server.GetAsync("/api/audit"), answer => answer.Json.GetProperty("items").GetArrayLength() > 0);
        audit.Json.GetProperty("items")[0].GetProperty("actor").GetString().ShouldBe("room:lobby/ann");
    }

    [Fact]
    public async Task Without_commands_the_user_is_told_and_so_is_the_bus()
    {
        await using var server = await StartAsync(settings: new() { [FlagNames.ComponentsDisabled] = "commands" });
        var told = Listen(server, "eventfilter.command.failed");
        var guest = await _chat.GuestAsync();
        await RoomAsync(server, room => StateOf(room) == "joined");

        var answer = await guest.AskAsync("""{"type":"chat","user":"ann","text":"!uptime"}""");

        answer.GetProperty("text").GetString().ShouldBe("The command could not be executed now.");
        told.ShouldHaveSingleItem().DataAs<JsonElement>().GetProperty("operation_type").GetString().ShouldBe("command_routing");
    }

    [Fact]
    public async Task A_rule_says_events_in_the_room_and_to_one_user()
    {
        await using var server = await StartAsync();
        await PutRulesAsync(server, """
            {"rules":[{"name":"alert","pattern":"shop.*","destination":"room:lobby","text":"{event_type}: order {order.id} {order.state}"},
                      {"name":"private","pattern":"till.*","destination":"pm:lobby/ann"}]}
            """);
        var guest = await _chat.GuestAsync();
        await RoomAsync(server, room => StateOf(room) == "joined");

        Publish(server, "shop.closed", """{"order":{"id":17,"state":"\"lost\""}}""");
        var said = await guest.HearAsync();
        Publish(server, "till.opened", """{"n":1}""");
        var alone = await guest.HearAsync();

        said.GetProperty("text").GetString().ShouldBe("shop.closed: order 17 \"lost\"");
        (alone.GetProperty("type").GetString(), alone.GetProperty("to").GetString(), alone.GetProperty("text").GetString()).ShouldBe(("pm", "ann", "till.opened: {\"n\":1}"));
    }

    [Theory]
    [InlineData("room:lobby", "eventfilter.routing.failed")]
    [InlineData("pm:lobby/ann", "eventfilter.pm.failed")]
    public async Task What_could_not_be_said_is_said_when_the_room_is_back(string destination, string told)
    {
        _network.Refuse();
        await using var server = await StartAsync();
        var failures = Listen(server, told);
        await PutRulesAsync(server, $$"""{"rules":[{"name":"alert","pattern":"shop.*","destination":"{{destination}}","text":"{order.id}"}]}""");
        await RoomAsync(server, room => StateOf(room) == "waiting");

        Publish(server, "shop.closed", """{"order":{"id":17}}""");
        await Deadline.EventuallyAsync(() => server.GetAsync("/api/retries?operation_type=room_message"), answer => answer.Json.GetProperty("items").GetArrayLength() == 1);
        _network.Accept();
        var guest = await _chat.GuestAsync();

        (await guest.HearAsync()).GetProperty("text").GetString().ShouldBe("17");
        await Deadline.EventuallyAsync(() => server.GetAsync("/api/retries?status=completed"), answer => answer.Json.GetProperty("items").GetArrayLength() == 1);
        failures.ShouldHaveSingleItem().DataAs<OperationFailure>().Operation!.Target.ShouldBe("lobby");
    }

    [Fact]
    public async Task An_answer_that_cannot_be_said_is_told_and_not_kept()
    {
        await using var server = await StartAsync(more: """, "private": {"alone": true}, "message": {"type": "chat", "text": "{text}"}""", isQuiet: true);
        var told = Listen(server, "*.failed");
        var guest = await _chat.GuestAsync();
        await RoomAsync(server, room => StateOf(room) == "joined");

        await guest.SayAsync("""{"type":"chat","user":"ann","text":"!uptime","alone":true}""");

        await Deadline.EventuallyAsync(() => Task.FromResult(told.Count), count => count == 2);
        told.Select(one => (one.Type, one.DataAs<JsonElement>().GetProperty("operation_type").GetString(), one.NoRetry))
            .ShouldBe([("command.uptime.failed", "pm_delivery", true), ("eventfilter.pm.failed", "pm_response", true)], ignoreOrder: true);
    }

    [Fact]
    public async Task Nothing_secret_is_shown_anywhere()
    {
        await using var server = await StartAsync();
        await _chat.GuestAsync();
        await RoomAsync(server, room => StateOf(room) == "joined");

        var rooms = (await server.GetAsync("/api/rooms")).Body;
        var components = (await server.GetAsync("/api/components")).Body;
        var metrics = (await server.GetAsync("/metrics")).Body;

        new[] { rooms, components, metrics }.ShouldAllBe(text => !text.Contains("swordfish") && !text.Contains("hunter2"));
        rooms.ShouldContain($"\"url\":\"ws://127.0.0.1:{_network.Port}\"");
        metrics.ShouldContain("holdfast_room_joined{room=\"lobby\"} 1");
        server.Flags.GetAll().Single(flag => flag.Definition.Name == FlagNames.Rooms).Value.ShouldBe("***");
    }

    [Fact]
    public void Faults_of_rooms_are_listed_at_the_start_without_their_values()
    {
        using var data = new DataDirectory();
        File.WriteAllText(data.File("holdfast.json"), """{"rooms":{"lobby":{"url":"http://swordfish","frames":1}}}""");
        var sources = new FlagSources { Variables = new Dictionary<string, string> { [FlagNames.Data] = data.Path } };

        var refused = Should.Throw<ConfigurationException>(() => FlagManager.Load(ServerHost.Schema, sources));

        refused.Message.ShouldContain("lobby.url must be an address");
        refused.Message.ShouldContain("lobby.frames is not a setting of a room");
        refused.Message.ShouldNotContain("swordfish");
    }

    [Fact]
    public async Task The_tool_shows_the_rooms_and_says_by_its_exit_code_whether_all_are_joined()
    {
        await using var server = await StartAsync();
        await _chat.GuestAsync();
        await RoomAsync(server, room => StateOf(room) == "joined");

        var well = await CliProcess.RunAsync(server.Address, "rooms");
        _network.Refuse();
        _network.Drop();
        await RoomAsync(server, room => StateOf(room) == "waiting");
        var unwell = await CliProcess.RunAsync(server.Address, "rooms", "--json");

        (well.ExitCode, well.Error).ShouldBe((0, ""));
        well.Output.ShouldContain("lobby");
        unwell.ExitCode.ShouldBe(1);
        JsonDocument.Parse(unwell.Output).RootElement.GetProperty("items")[0].GetProperty("name").GetString().ShouldBe("lobby");
    }

    [Fact]
    public async Task The_component_is_degraded_while_a_room_is_away_and_the_server_is_up()
    {
        _network.Refuse();
        await using var server = await StartAsync();

        var health = await Deadline.EventuallyAsync(() => server.GetAsync("/health"), answer => answer.Body.Contains("rooms", StringComparison.Ordinal));
        _network.Accept();
        await Deadline.EventuallyAsync(() => server.GetAsync("/health"), answer => !answer.Body.Contains("rooms", StringComparison.Ordinal));

        health.Status.ShouldBe(200);
        health.Body.ShouldContain("these rooms are not joined: lobby");
    }

    [Fact]
    public async Task The_live_stream_of_another_server_loses_and_doubles_nothing_over_a_cut()
    {
        await using var other = await TestServer.StartAsync();
        await using var network = new CutProxy(other.Address.Port);
        var rooms = $$"""{"other":{"url":"ws://127.0.0.1:{{network.Port}}/live","protocol":"holdfast","reconnect_seconds":0.05,"reconnect_seconds_max":0.2} }""";
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.Rooms] = Json(rooms) });
        var heard = Listen(server, "room.event.order.*");
        await RoomAsync(server, room => StateOf(room) == "joined");

        await PostAsync(other, 1, 50);
        await Deadline.EventuallyAsync(() => Task.FromResult(heard.Count), count => count >= 20);
        network.Refuse();
        network.Drop();
        await PostAsync(other, 51, 100);
        network.Accept();
        await Deadline.EventuallyAsync(() => Task.FromResult(heard.Count), count => count >= 100);

        heard.Select(one => one.DataAs<RoomEvent>().Frame.GetProperty("data").GetProperty("n").GetInt32()).ShouldBe(Enumerable.Range(1, 100));
    }

    private Task<TestServer> StartAsync(string more = "", Dictionary<string, object>? settings = null, bool isQuiet = false)
    {
        var messages = isQuiet ? "" : """
            , "private": {"type": "pm"}, "message": {"type": "chat", "text": "{text}"}, "private_message": {"type": "pm", "to": "{to}", "text": "{text}"}
            """;
        var rooms = $$"""
            {"lobby": {"url": "ws://127.0.0.1:{{_network.Port}}/socket?key=hunter2hunter2", "headers": {"Authorization": "Bearer swordfish"}, "user": "guard",
             "roles": {"ann": "admin"}, "reconnect_seconds": 0.05, "reconnect_seconds_max": 0.2{{messages}}{{more}} } }
            """;
        return TestServer.StartAsync(settings: new Dictionary<string, object>(settings ?? []) { [FlagNames.Rooms] = Json(rooms) });
    }

    private static ConcurrentQueue<BusEvent> Listen(TestServer server, string pattern)
    {
        var heard = new ConcurrentQueue<BusEvent>();
        server.Services.GetRequiredService<IEventBus>().Subscribe(pattern, heard.Enqueue);
        return heard;
    }

    private static async Task<JsonElement> RoomAsync(TestServer server, Func<JsonElement, bool> isRight)
    {
        var answer = await Deadline.EventuallyAsync(() => server.GetAsync("/api/rooms"), answer => isRight(answer.Json.GetProperty("items")[0]));
        return answer.Json.GetProperty("items")[0];
    }

    private static string? StateOf(JsonElement room) => room.GetProperty("state").GetString();

    private static long CountOf(JsonElement room, string count) => room.GetProperty("counts").GetProperty(count).GetInt64();

    private static async Task PutRulesAsync(TestServer server, string rules)
    {
        var put = await server.SendAsync(new HttpRequestMessage(HttpMethod.Put, "/api/event-rules") { Content = new StringContent(rules, Encoding.UTF8, "application/json") });
        put.Status.ShouldBe(200, put.Body);

        // Rules are there as soon as their component has started, which is after the rooms.
        await Deadline.EventuallyAsync(
            () => server.GetAsync("/api/components"),
            answer => answer.Json.GetProperty("items").EnumerateArray().Any(one => one.GetProperty("name").GetString() == "eventfilter" && one.GetProperty("status").GetString() is "ready" or "degraded"));
    }

    private static async Task PostAsync(TestServer server, int from, int to)
    {
        for (var n = from; n <= to; n++)
        {
            (await server.PostAsync($$$"""{"event_type":"order.placed","data":{"n":{{{n}}} } }""")).Status.ShouldBe(202);
        }
    }

    private static void Publish(TestServer server, string type, string data) => server.Services.GetRequiredService<IEventBus>().Publish(type, Json(data));

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;
}
