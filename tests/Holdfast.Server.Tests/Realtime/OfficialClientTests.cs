using System.Text.Json;
using Holdfast.Faults.Support;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Realtime;

/// <summary>What the official client sees, in both versions of the protocol, of a server that asks for no keys.</summary>
public sealed class OfficialClientTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly Uri _server = shared.Server.Address;

    public static TheoryData<string> Versions => ["1.0.0", "2.0.0"];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Rows_that_pass_its_filters_reach_it(string version)
    {
        var seen = await RealtimeScene.PlayAsync(_server, version, "changes");

        var rows = seen.GetProperty("rows");
        var row = rows.GetProperty("equal").EnumerateArray().ShouldHaveSingleItem();
        row.GetProperty("eventType").GetString().ShouldBe("INSERT");
        row.GetProperty("new").GetProperty("timestamp").GetString().ShouldBe("2026-11-22T12:00:00.123456+00:00");
        row.GetProperty("new").GetProperty("data").GetRawText().ShouldBe("""{"n":1,"when":"é🚀"}""");
        row.GetProperty("old").GetRawText().ShouldBe("{}");
        Types(rows.GetProperty("greater")).ShouldBe(["rows.wanted", "rows.also"]);
        rows.GetProperty("other").GetArrayLength().ShouldBe(0);
        Types(rows.GetProperty("columns")).ShouldBe(["rows.wanted", "rows.also", "rows.also"]);
        rows.GetProperty("columns")[0].GetProperty("new").EnumerateObject().Select(member => member.Name).ShouldBe(["id", "event_type"]);
        seen.GetProperty("system")[0].GetProperty("message").GetString().ShouldBe("Subscribed to PostgreSQL");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Messages_reach_the_others_and_oneself_where_that_is_asked_for(string version)
    {
        var seen = await RealtimeScene.PlayAsync(_server, version, "broadcast");

        seen.GetProperty("answers").GetRawText().ShouldBe("""["ok","ok","ok"]""");
        var heard = seen.GetProperty("heard");
        heard.GetProperty("other").GetRawText().ShouldBe("""[{"type":"broadcast","event":"tick","payload":{"v":1,"text":"é🚀"}}]""");
        heard.GetProperty("quiet").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Bytes_reach_a_client_of_the_newer_version()
    {
        var seen = await RealtimeScene.PlayAsync(_server, "2.0.0", "bytes");

        seen.GetRawText().ShouldBe("""{"answer":"ok","heard":[[202,254],[1,2,3]]}""");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Who_is_present_is_known_to_all_until_he_is_gone(string version)
    {
        var seen = await RealtimeScene.PlayAsync(_server, version, "presence");

        seen.GetProperty("answers").GetRawText().ShouldBe("""["ok","ok"]""");
        seen.GetProperty("state").GetProperty("guest")[0].GetProperty("view").GetString().ShouldBe("overview");
        seen.GetProperty("joins").EnumerateArray().Select(key => key.GetString()).ShouldContain("watcher");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task What_is_sent_over_HTTP_reaches_those_who_listen(string version)
    {
        var seen = await RealtimeScene.PlayAsync(_server, version, "http");

        seen.GetProperty("sent").GetRawText().ShouldBe("""{"success":true}""");
        seen.GetProperty("fallback").GetString().ShouldBe("ok");
        seen.GetProperty("heard").GetRawText().ShouldBe("""[{"type":"broadcast","event":"by/name","payload":{"v":1}},{"type":"broadcast","event":"fallback","payload":{"v":2}}]""");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task What_was_kept_comes_again_for_who_comes_later(string version)
    {
        var seen = await RealtimeScene.PlayAsync(_server, version, "replay");

        seen.GetProperty("answer").GetString().ShouldBe("ok");
        seen.GetProperty("replayed").EnumerateArray().ShouldAllBe(message => message.GetProperty("meta").GetProperty("replayed").GetBoolean());
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_connection_has_a_hundred_channels_and_is_refused_one_more(string version)
    {
        var seen = await RealtimeScene.PlayAsync(_server, version, "many");

        (seen.GetProperty("joined").GetInt32(), seen.GetProperty("heard").GetInt32()).ShouldBe((100, 100));
        seen.GetProperty("beyond").GetRawText().ShouldBe("""{"state":"CHANNEL_ERROR","error":"ChannelRateLimitReached: Too many channels"}""");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_page_changes_between_both_sources_and_neither_misses_nor_waits_for_anything(string version)
    {
        await using var server = await TestServer.StartAsync();

        var seen = await RealtimeScene.PlayAsync(server.Address, version, "switches", new { switches = Scale.Of(30, 1_000) });

        (seen.GetProperty("seen").GetInt64(), seen.GetProperty("holes").GetInt32(), seen.GetProperty("gaps").GetInt32()).ShouldBe((seen.GetProperty("posted").GetInt64(), 0, 0));
    }

    private static IEnumerable<string?> Types(JsonElement rows) => rows.EnumerateArray().Select(row => row.GetProperty("new").GetProperty("event_type").GetString());
}
