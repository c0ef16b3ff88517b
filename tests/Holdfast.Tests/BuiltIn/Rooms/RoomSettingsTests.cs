using Holdfast.BuiltIn.Commands;
using Holdfast.BuiltIn.Rooms;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.BuiltIn.Rooms;

/// <summary>What stands in the settings, and what may not.</summary>
public sealed class RoomSettingsTests
{
    [Fact]
    public void A_room_needs_nothing_but_an_address()
    {
        var room = Read("""{"lobby":{"url":"wss://chat.example/socket?token=hunter2"}}""").ShouldHaveSingleItem();

        (room.Name, room.Enabled, room.Protocol, room.AttemptsMax, room.Silence).ShouldBe(("lobby", true, RoomProtocolKind.Json, 0, null));
        (room.Reconnect.Initial, room.Reconnect.Cap, room.Reconnect.Jitter).ShouldBe((TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(5), 0.25));
        (room.Ping, room.FrameBytesMax, room.SendQueue).ShouldBe((TimeSpan.FromSeconds(5), 256 << 10, 100));
        room.ShownUrl.ShouldBe("wss://chat.example");
    }

    [Fact]
    public void A_live_stream_must_not_be_silent() =>
        Read("""{"other":{"url":"ws://other:8080/live","protocol":"holdfast"}}""").ShouldHaveSingleItem().Silence.ShouldBe(TimeSpan.FromSeconds(15));

    [Fact]
    public void Everything_can_be_said()
    {
        const string Whole = """
            {"lobby":{"url":"wss://chat.example/socket","enabled":false,"protocol":"json","headers":{"Authorization":"Bearer hunter2"},
             "login":{"send":{"type":"login","password":"swordfish"},"expect":{"type":"login","ok":true}},"join":{"send":["join","lobby"]},
             "user":"guard","fields":{"type":"0","user":"1.name","text":"1.msg","time":"1.time"},"private":{"0":"pm"},
             "message":["chat",{"msg":"{text}"}],"private_message":["pm",{"to":"{to}","msg":"{text}"}],"commands":false,"answers":"private",
             "roles":{"ann":"admin","bob":"operator"},"heartbeat":{"send":[1],"seconds":20},"silence_seconds":60,"silence_types":["media"],
             "ping_seconds":0,"reconnect_seconds":0.5,"reconnect_seconds_max":30,"max_attempts":10,"frame_bytes_max":4096,"send_queue":5,"text_chars_max":100}}
            """;

        var room = Read(Whole).ShouldHaveSingleItem();

        (room.Enabled, room.Commands, room.AnswersInPrivate, room.Ping, room.AttemptsMax).ShouldBe((false, false, true, null, 10));
        room.Roles.ShouldBe(new Dictionary<string, CommandRole> { ["ann"] = CommandRole.Admin, ["bob"] = CommandRole.Operator });
        room.LoginTexts.ShouldBe(["login", "swordfish"]);
        room.Login!.Expect!.Matches(TrialHandler.Json("""{"type":"login","ok":true,"more":1}""")).ShouldBeTrue();
        room.Login.Expect.Matches(TrialHandler.Json("""{"type":"login","ok":false}""")).ShouldBeFalse();
        room.Fields.Text.TextIn(TrialHandler.Json("""["chat",{"name":"ann","msg":"hello"}]""")).ShouldBe("hello");
        room.Silence.ShouldBe(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void All_faults_are_listed_and_none_of_them_shows_a_value()
    {
        const string Faulty = """
            {"lobby":{"url":"https://swordfish","headers":{"Authorization":"sword\u000afish"},"login":{"send":"swordfish"},"message":{"text":"swordfish"},
             "silence_types":["swordfish"],"max_attempts":-1,"reconnect_seconds":60,"reconnect_seconds_max":5,"roles":{"ann":"swordfish"},"swordfishes":1,"answers":"private"},
             "a b":{},"other":{"url":"ws://other/live","protocol":"holdfast","message":{"text":"{text}"},"user":"guard"},"text":"swordfish","bare":{}}
            """;

        var fault = RoomSettings.FaultOf(TrialHandler.Json(Faulty)).ShouldNotBeNull();

        string[] parts =
        [
            "lobby.url must be an address", "lobby.headers must be", "lobby.login must be", "lobby.message must have {text}", "lobby.user is missing", "lobby.silence_types means nothing",
            "lobby.max_attempts must be", "lobby.reconnect_seconds_max must not be below", "lobby.roles must be", "lobby.swordfishes is not a setting", "lobby.answers must not be private",
            "the name of a room must be", "other.message means nothing for the protocol holdfast", "other.user means nothing", "text must be an object", "bare.url is missing",
        ];
        parts.ShouldAllBe(part => fault.Contains(part));
        fault.Replace("swordfishes", "", StringComparison.Ordinal).ShouldNotContain("swordfish");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("1")]
    public void Rooms_are_an_object(string json) => RoomSettings.FaultOf(TrialHandler.Json(json)).ShouldNotBeNull().ShouldContain("must be an object of rooms");

    [Theory]
    [InlineData("Sec-WebSocket-Key")]
    [InlineData("a b")]
    [InlineData("Host:")]
    public void A_header_that_cannot_be_sent_is_a_fault(string header) =>
        RoomSettings.FaultOf(TrialHandler.Json("""{"lobby":{"url":"ws://a","headers":{"HEADER":"x"}}}""".Replace("HEADER", header, StringComparison.Ordinal))).ShouldNotBeNull().ShouldContain("lobby.headers");

    [Fact]
    public void What_is_said_of_a_loss_shows_nothing_secret()
    {
        var room = Read("""
            {"lobby":{"url":"wss://chat.example/socket?token=geheim+nis","headers":{"Authorization":"Bearer hunter2"},"login":{"send":{"type":"login","password":"swordfish"}}}}
            """).ShouldHaveSingleItem();

        var said = RoomFaults.TextOf(new RoomLostException("Closed: bad token hunter2, bad password swordfish,\nlogin, geheim+nis"), room);

        said.ShouldBe("Closed: bad token ***, bad password ***, login, ***");
    }

    private static IReadOnlyList<RoomOptions> Read(string json)
    {
        var rooms = TrialHandler.Json(json);
        RoomSettings.FaultOf(rooms).ShouldBeNull();
        return RoomSettings.Read(rooms);
    }
}
