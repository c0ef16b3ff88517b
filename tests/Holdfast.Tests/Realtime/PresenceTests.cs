using Holdfast.Realtime;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Realtime;

/// <summary>Who is present, and what others are told of it.</summary>
public sealed class PresenceTests
{
    private const string Enabled = """{"presence":{"key":"k1","enabled":true}}""";
    private const string OfOther = """{"presence":{"key":"k2","enabled":true}}""";

    [Fact]
    public async Task Being_present_is_answered_and_told_to_all_who_look_and_to_oneself()
    {
        using var rig = new RealtimeRig();
        var (client, other, blind) = (await rig.JoinedAsync(config: Enabled), await rig.JoinedAsync(config: OfOther), await rig.JoinedAsync());

        await TrackAsync(client, """{"name":"x"}""");
        rig.Time.Advance(TimeSpan.FromSeconds(1));

        var told = client.Take();
        told[0].ShouldBe("""["6","8","realtime:a","phx_reply",{"status":"ok","response":{}}]""");
        Plain(told[1]).ShouldBe("""[null,null,"realtime:a","presence_diff",{"joins":{"k1":{"metas":[{"phx_ref":"?","name":"x"}]}},"leaves":{}}]""");
        other.Take().ShouldBe([told[1]]);
        blind.Take().ShouldBeEmpty();
    }

    [Fact]
    public async Task Saying_it_anew_replaces_what_was_said_and_saying_the_same_changes_nothing()
    {
        using var rig = new RealtimeRig();
        var client = await rig.JoinedAsync(config: Enabled);
        await TrackAsync(client, """{"name":"x"}""");
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        client.Take();

        await TrackAsync(client, """{"name":"x"}""");
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        client.Take().Count.ShouldBe(1);
        await TrackAsync(client, """{"phx_ref":"mine","name":"y"}""");
        rig.Time.Advance(TimeSpan.FromSeconds(1));

        Plain(client.Take()[1]).ShouldBe("""[null,null,"realtime:a","presence_diff",{"joins":{"k1":{"metas":[{"phx_ref":"?","phx_ref_prev":"?","name":"y"}]}},"leaves":{"k1":{"metas":[{"phx_ref":"?","name":"x"}]}}}]""");
    }

    [Theory]
    [InlineData("untrack")]
    [InlineData("leave")]
    [InlineData("break")]
    public async Task Whoever_goes_is_told_to_the_others_however_he_goes(string way)
    {
        using var rig = new RealtimeRig();
        var (client, other) = (await rig.JoinedAsync(config: Enabled), await rig.JoinedAsync(config: OfOther));
        await TrackAsync(client, "{}");
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        other.Take();

        await (way switch
        {
            "untrack" => client.PushAsync("6", "9", "realtime:a", "presence", """{"event":"UNTRACK"}"""),
            "leave" => client.PushAsync("6", "9", "realtime:a", "phx_leave", "{}"),
            _ => BreakAsync(client),
        });
        rig.Time.Advance(TimeSpan.FromSeconds(1));

        Plain(other.Take().ShouldHaveSingleItem()).ShouldContain("""{"joins":{},"leaves":{"k1":{"metas":[{"phx_ref":"?"}]}}}""");
    }

    [Fact]
    public async Task Whoever_comes_is_told_who_is_there()
    {
        using var rig = new RealtimeRig();
        await TrackAsync(await rig.JoinedAsync(config: Enabled), """{"n":1}""");
        await TrackAsync(await rig.JoinedAsync(config: Enabled), """{"n":2}""");
        var client = rig.Connect();

        await client.JoinAsync(config: OfOther);

        Plain(client.Take()[1]).ShouldBe("""[null,null,"realtime:a","presence_state",{"k1":{"metas":[{"phx_ref":"?","n":1},{"phx_ref":"?","n":2}]}}]""");
    }

    [Fact]
    public async Task Many_who_come_at_once_are_told_at_once_and_who_went_meanwhile_is_not_told()
    {
        using var rig = new RealtimeRig();
        var watcher = await rig.JoinedAsync(config: OfOther);
        for (var comers = 0; comers < 50; comers++)
        {
            var client = await rig.JoinedAsync(config: $$$"""{"presence":{"key":"c{{{comers}}}"}}""");
            await TrackAsync(client, "{}");
            if (comers % 2 == 0)
            {
                client.Connection.Dispose();
            }
        }

        rig.Time.Advance(TimeSpan.FromSeconds(1));

        var diff = watcher.Take().ShouldHaveSingleItem();
        diff.Split("phx_ref").Length.ShouldBe(26);
        diff.ShouldContain("\"leaves\":{}");
    }

    [Theory]
    [InlineData("""{"event":"track","payload":[1]}""", "Presence track payload must be a map")]
    [InlineData("""{"event":"dance"}""", "UnknownPresenceEvent")]
    [InlineData("""{"event":"track","payload":{"a":"01234567890123456789"}}""", "Track message size exceeded")]
    public async Task What_cannot_be_said_of_oneself_is_refused(string payload, string reason)
    {
        using var rig = new RealtimeRig(new RealtimeOptions { PresenceBytesMax = 20 });
        var client = await rig.JoinedAsync(config: Enabled);

        await client.PushAsync("6", "8", "realtime:a", "presence", payload);

        client.Take().ShouldHaveSingleItem().ShouldContain(reason);
    }

    [Fact]
    public async Task Who_says_it_too_often_has_to_wait_and_keeps_the_channel()
    {
        using var rig = new RealtimeRig();
        var client = await rig.JoinedAsync(config: Enabled);
        for (var calls = 0; calls < 6; calls++)
        {
            await TrackAsync(client, $$"""{"n":{{calls}}}""");
        }

        client.Take()[^1].ShouldContain("ClientPresenceRateLimitReached: Client presence rate limit exceeded");
        rig.Time.Advance(TimeSpan.FromSeconds(30));
        await TrackAsync(client, """{"n":9}""");
        client.Take().ShouldContain("""["6","8","realtime:a","phx_reply",{"status":"ok","response":{}}]""");
    }

    [Fact]
    public async Task A_topic_holds_so_many_and_no_more()
    {
        using var rig = new RealtimeRig(new RealtimeOptions { PresencesMax = 1 });
        await TrackAsync(await rig.JoinedAsync(config: Enabled), "{}");
        var client = await rig.JoinedAsync(config: OfOther);

        await TrackAsync(client, "{}");

        client.Take().ShouldHaveSingleItem().ShouldContain("PresenceRateLimitReached");
    }

    [Fact]
    public async Task What_all_say_of_themselves_stays_small_enough_to_be_told_to_who_comes()
    {
        using var rig = new RealtimeRig(new RealtimeOptions { PresenceBytesMax = 1_000, PresenceStateBytesMax = 5_000 });
        var said = $$"""{"x":"{{new string('x', 900)}}"}""";
        var answers = new List<string>();
        for (var comers = 0; comers < 10; comers++)
        {
            var client = await rig.JoinedAsync(config: Enabled);
            await TrackAsync(client, said);
            answers.AddRange(client.Take().Where(frame => frame.Contains("phx_reply")));
        }

        answers.Count(answer => answer.Contains("\"ok\"")).ShouldBe(5);
        rig.Server.Hub.PresenceState(new Holdfast.Realtime.Channels.TopicKey("a", Private: false)).Length.ShouldBeLessThan(6_000);
    }

    [Fact]
    public async Task A_key_of_ones_own_is_made_for_who_has_none()
    {
        using var rig = new RealtimeRig();
        var client = await rig.JoinedAsync(config: """{"presence":{"key":"","enabled":true}}""");

        await TrackAsync(client, "{}");
        rig.Time.Advance(TimeSpan.FromSeconds(1));

        client.Take()[1].ShouldNotContain("\"\":");
    }

    private static ValueTask TrackAsync(RealtimeClient client, string payload) =>
        client.PushAsync("6", "8", "realtime:a", "presence", $$"""{"type":"presence","event":"track","payload":{{payload}}}""");

    private static ValueTask BreakAsync(RealtimeClient client)
    {
        client.Connection.Dispose();
        return ValueTask.CompletedTask;
    }

    // References differ from run to run.
    private static string Plain(string frame) => System.Text.RegularExpressions.Regex.Replace(frame, "(\"phx_ref(_prev)?\"):\"[0-9a-f]+\"", "$1:\"?\"");
}
