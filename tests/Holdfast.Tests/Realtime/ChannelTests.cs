using Holdfast.Realtime;
using Holdfast.Realtime.Channels;
using Holdfast.Realtime.Wire;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Realtime;

/// <summary>The life of a channel: join, leave, and everything by which it ends in between.</summary>
public sealed class ChannelTests
{
    private const string Ok = """{"status":"ok","response":{}}""";

    [Fact]
    public async Task Leaving_is_answered_and_then_the_channel_is_closed()
    {
        using var rig = new RealtimeRig();
        var client = await rig.JoinedAsync();

        await client.PushAsync("6", "8", "realtime:a", "phx_leave", "{}");

        client.Take().ShouldBe([$"""["6","8","realtime:a","phx_reply",{Ok}]""", """["6","6","realtime:a","phx_close",{}]"""]);
        rig.Server.Hub.Channels.ShouldBe(0);
    }

    [Fact]
    public async Task Leaving_what_was_never_joined_is_fine_and_anything_else_there_is_not()
    {
        using var rig = new RealtimeRig();
        var client = rig.Connect();

        await client.PushAsync(null, "8", "realtime:nope", "phx_leave", "{}");
        await client.PushAsync(null, "12", "realtime:nope", "broadcast", "{}");
        await client.PushAsync(null, "13", "room", "phx_join", "{}");

        client.Take().ShouldBe([
            $"""[null,"8","realtime:nope","phx_reply",{Ok}]""",
            """[null,"12","realtime:nope","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]""",
            """[null,"13","room","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]""",
        ]);
    }

    [Fact]
    public async Task A_second_join_closes_the_first_with_the_reference_of_the_first()
    {
        using var rig = new RealtimeRig();
        var client = await rig.JoinedAsync();

        await client.JoinAsync(joinRef: "9");

        var told = client.Take();
        told[0].ShouldBe("""["6","6","realtime:a","phx_close",{}]""");
        told[1].ShouldBe("""["9","9","realtime:a","phx_reply",{"status":"ok","response":{"postgres_changes":[]}}]""");
        rig.Server.Hub.Channels.ShouldBe(1);
    }

    [Fact]
    public async Task What_belongs_to_a_join_before_is_passed_over()
    {
        using var rig = new RealtimeRig();
        var client = await rig.JoinedAsync(config: """{"broadcast":{"ack":true}}""");

        await client.PushAsync("5", "10", "realtime:a", "broadcast", """{"event":"x","payload":{}}""");
        await client.PushAsync("5", "11", "realtime:a", "phx_leave", "{}");

        client.Take().ShouldBeEmpty();
        client.Connection.Channels.ShouldBe(1);
    }

    [Theory]
    [InlineData("realtime:", "{}", "TopicNameRequired: You must provide a topic name")]
    [InlineData("realtime:a", """{"broadcast":{"replay":{"since":1}}}""", "UnableToReplayMessages: Replay is not allowed for public channels")]
    [InlineData("realtime:a", """{"private":true,"broadcast":{"replay":{"since":"x"}}}""", "UnableToReplayMessages: Replay params are not valid")]
    [InlineData("realtime:a", """{"presence":{"key":"ids"}}""", "InvalidJoinPayload: the presence key must not be ids")]
    [InlineData("realtime:a", """{"postgres_changes":[{"schema":"public","table":"jobs"}],"postgres_changes_options":{"wait":true}}""", "RealtimeDisabledForConfiguration: Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: [event: *, schema: public, table: jobs, filters: [], select: nil]")]
    public async Task A_join_that_cannot_be_is_refused_with_the_reason(string topic, string config, string reason)
    {
        using var rig = new RealtimeRig();
        var client = rig.Connect();

        await client.JoinAsync(topic, config);

        client.Take().ShouldBe([$$$"""["6","6","{{{topic}}}","phx_reply",{"status":"error","response":{"reason":"{{{reason}}}"}}]"""]);
        (rig.Server.Refused, rig.Server.Hub.Channels).ShouldBe((1, 0));
    }

    [Fact]
    public async Task A_connection_has_so_many_channels_and_no_more_and_one_that_left_makes_room()
    {
        using var rig = new RealtimeRig(new RealtimeOptions { ChannelsMax = 2 });
        var client = rig.Connect();
        await client.JoinAsync("realtime:a");
        await client.JoinAsync("realtime:b");
        client.Take();

        await client.JoinAsync("realtime:c");
        await client.JoinAsync("realtime:a", joinRef: "7");
        await client.PushAsync("6", "8", "realtime:b", "phx_leave", "{}");
        await client.JoinAsync("realtime:c", joinRef: "9");

        var told = client.Take();
        told[0].ShouldBe("""["6","6","realtime:c","phx_reply",{"status":"error","response":{"reason":"ChannelRateLimitReached: Too many channels"}}]""");
        told[^1].ShouldStartWith("""["9","9","realtime:c","phx_reply",{"status":"ok",""");
    }

    [Fact]
    public async Task Whoever_joins_and_leaves_without_end_is_told_to_slow_down()
    {
        using var rig = new RealtimeRig(new RealtimeOptions { JoinsPerSecond = 5 });
        var client = rig.Connect();

        for (var joins = 0; joins < 11; joins++)
        {
            await client.JoinAsync();
        }

        client.Take()[^1].ShouldContain("ClientJoinRateLimitReached: Too many joins per second");
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await client.JoinAsync();
        client.Take()[^1].ShouldContain("\"status\":\"ok\"");
    }

    [Fact]
    public async Task Who_may_not_read_is_not_let_in()
    {
        using var rig = new RealtimeRig();
        var client = rig.Connect(rights: RealtimeRig.Anybody with { MayRead = false });

        await client.JoinAsync();

        client.Take().ShouldHaveSingleItem().ShouldContain("Unauthorized: You do not have permissions to read from this Channel topic: a");
    }

    [Fact]
    public async Task A_token_in_the_join_counts_instead_of_what_the_connection_was_opened_with()
    {
        using var rig = new RealtimeRig();
        rig.Judge.Verdicts["reader"] = new TokenVerdict(RealtimeRig.Anybody with { MayBroadcast = false });
        var client = rig.Connect();

        await client.JoinAsync(config: """{"broadcast":{"ack":true}}""", more: ""","access_token":"reader" """);
        await client.PushAsync("6", "7", "realtime:a", "broadcast", """{"event":"x","payload":{}}""");
        await client.JoinAsync("realtime:b", more: ""","access_token":"forged" """);
        await client.JoinAsync("realtime:c", more: ""","access_token":"sb_publishable_x" """);

        var told = client.Take();
        told.ShouldContain("""["6","7","realtime:a","phx_reply",{"status":"error","response":{"reason":"Unauthorized: You do not have permissions to write to this Channel topic: a"}}]""");
        told.ShouldContain("""["6","6","realtime:b","phx_reply",{"status":"error","response":{"reason":"MalformedJWT: The token provided is not a valid JWT"}}]""");
        told[^1].ShouldContain("\"status\":\"ok\"");
    }

    [Fact]
    public async Task A_token_that_ends_breaks_its_channel_off_so_that_the_client_joins_again()
    {
        using var rig = new RealtimeRig();
        rig.Judge.Verdicts["short"] = new TokenVerdict(RealtimeRig.Anybody with { ExpiresAt = rig.Time.GetUtcNow() + TimeSpan.FromSeconds(10) });
        var client = rig.Connect();
        await client.JoinAsync("realtime:a", more: ""","access_token":"short" """);
        await client.JoinAsync("realtime:b");
        client.Take();

        rig.Time.Advance(TimeSpan.FromSeconds(10));

        client.Take().ShouldBe([
            """[null,null,"realtime:a","system",{"message":"Token has expired 0 seconds ago","status":"error","extension":"system","channel":"a"}]""",
            """["6","6","realtime:a","phx_error",{"reason":"channel_crash"}]""",
        ]);
        client.Connection.Channels.ShouldBe(1);
    }

    [Fact]
    public async Task A_refreshed_token_lets_a_channel_live_on_and_is_not_answered()
    {
        using var rig = new RealtimeRig();
        rig.Judge.Verdicts["short"] = new TokenVerdict(RealtimeRig.Anybody with { ExpiresAt = rig.Time.GetUtcNow() + TimeSpan.FromSeconds(10) });
        rig.Judge.Verdicts["long"] = new TokenVerdict(RealtimeRig.Anybody with { ExpiresAt = rig.Time.GetUtcNow() + TimeSpan.FromSeconds(60) });
        var client = rig.Connect();
        await client.JoinAsync(more: ""","access_token":"short" """);
        client.Take();

        await client.PushAsync("6", "7", "realtime:a", "access_token", """{"access_token":"long"}""");
        await client.PushAsync("6", "8", "realtime:a", "access_token", """{"access_token":null}""");
        await client.PushAsync("6", "9", "realtime:a", "access_token", """{"access_token":"sb_secret"}""");
        rig.Time.Advance(TimeSpan.FromSeconds(20));

        client.Take().ShouldBeEmpty();
        rig.Time.Advance(TimeSpan.FromSeconds(40));
        client.Take().Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("forged", "The token provided is not a valid JWT")]
    [InlineData("blind", "You no longer have permission to read from this Channel topic: a")]
    public async Task A_token_that_is_worth_nothing_breaks_the_channel_off(string token, string reason)
    {
        using var rig = new RealtimeRig();
        rig.Judge.Verdicts["blind"] = new TokenVerdict(RealtimeRig.Anybody with { MayRead = false });
        var client = await rig.JoinedAsync();

        await client.PushAsync("6", "7", "realtime:a", "access_token", $$"""{"access_token":"{{token}}"}""");

        var told = client.Take();
        told[0].ShouldContain(reason);
        told[1].ShouldContain("phx_error");
        told.ShouldAllBe(frame => !frame.Contains("phx_close"));
    }

    [Fact]
    public async Task A_key_that_is_taken_back_ends_the_channels_that_were_entered_with_it_and_what_waits_for_them_is_dropped()
    {
        using var rig = new RealtimeRig();
        var good = true;
        rig.Judge.Verdicts["key"] = new TokenVerdict(RealtimeRig.Anybody with { IsStillGood = () => good });
        var client = rig.Connect();
        await client.JoinAsync("realtime:a", more: ""","access_token":"key" """);
        await client.JoinAsync("realtime:b");
        client.Take();
        rig.Server.Hub.Publish(new TopicKey("a", Private: false), new UserBroadcast("secret", "1"u8.ToArray(), IsJson: true));

        good = false;
        client.Connection.EndRevoked();

        client.Take().ShouldBe([
            """[null,null,"realtime:a","system",{"message":"You no longer have permission to read from this Channel topic: a","status":"error","extension":"system","channel":"a"}]""",
            """["6","6","realtime:a","phx_error",{"reason":"channel_crash"}]""",
        ]);
    }

    [Fact]
    public async Task A_key_that_is_taken_back_while_a_channel_is_given_it_ends_the_channel()
    {
        using var rig = new RealtimeRig();
        rig.Judge.Verdicts["late"] = new TokenVerdict(RealtimeRig.Anybody with { IsStillGood = () => false });
        var client = await rig.JoinedAsync();

        await client.PushAsync("6", "7", "realtime:a", "access_token", """{"access_token":"late"}""");

        client.Take()[^1].ShouldBe("""["6","6","realtime:a","phx_error",{"reason":"channel_crash"}]""");
        client.Connection.Channels.ShouldBe(0);
    }

    [Fact]
    public async Task A_connection_that_must_end_tells_all_channels_and_nothing_else()
    {
        using var rig = new RealtimeRig();
        var client = await rig.JoinedAsync();
        rig.Server.Hub.Publish(new TopicKey("a", Private: false), new UserBroadcast("secret", "1"u8.ToArray(), IsJson: true));

        client.Connection.EndAll(RealtimeConnection.NoLonger);
        rig.Server.Hub.Publish(new TopicKey("a", Private: false), new UserBroadcast("secret", "2"u8.ToArray(), IsJson: true));

        await client.JoinAsync();

        var told = client.Take();
        told.Count.ShouldBe(2);
        told[1].ShouldContain("phx_error");
        (client.Connection.Queue.Finished, client.Connection.Channels).ShouldBe((true, 0));
    }

    [Fact]
    public async Task What_a_connection_was_in_is_left_with_it()
    {
        using var rig = new RealtimeRig();
        var client = await rig.JoinedAsync(config: """{"presence":{"enabled":true},"postgres_changes":[{"schema":"monitoring"}]}""");
        await client.PushAsync("6", "7", "realtime:a", "presence", """{"event":"track","payload":{}}""");

        client.Connection.Dispose();
        await client.JoinAsync("realtime:b");

        (rig.Server.Hub.Channels, rig.Server.Changes.Bindings).ShouldBe((0, 0));
        client.Take()[^1].ShouldContain("RealtimeRestarting");
    }

    [Fact]
    public async Task The_live_topic_is_fed_from_the_cursor_and_hears_the_frames_of_its_client()
    {
        using var rig = new RealtimeRig();
        var client = rig.Connect();

        await client.JoinAsync("realtime:holdfast:live", """{"broadcast":{"ack":true}}""", more: ""","since":"cursor-1" """);
        await client.PushAsync("6", "7", "realtime:holdfast:live", "broadcast", """{"event":"frame","payload":{"frame":["sub","events"]}}""");
        await client.PushAsync("6", "8", "realtime:holdfast:live", "broadcast", """{"event":"tick","payload":{"frame":["sub","events"]}}""");
        await client.PushAsync("6", "8b", "realtime:holdfast:live", "broadcast", $$$"""{"event":"frame","payload":{"frame":["{{{new string('x', 5000)}}}","events"]}}""");
        await client.PushAsync("6", "9", "realtime:holdfast:live", "phx_leave", "{}");

        rig.Live.Told.ShouldBe(["open cursor-1", """["sub","events"]""", "closed"]);
        var told = client.Take();
        told[1].ShouldBe($"""["6","7","realtime:holdfast:live","phx_reply",{Ok}]""");
        told[2].ShouldContain("\"status\":\"error\"");
        told[3].ShouldContain("\"status\":\"error\"", customMessage: "longer than a frame may be");
    }

    [Fact]
    public async Task Watching_the_live_topic_anew_without_end_is_refused_and_other_topics_are_not()
    {
        using var rig = new RealtimeRig(new RealtimeOptions { LiveJoinsMax = 2 });
        var client = rig.Connect();
        for (var joins = 0; joins < 3; joins++)
        {
            await client.JoinAsync("realtime:holdfast:live");
        }

        client.Take()[^1].ShouldContain("ClientJoinRateLimitReached");
        await client.JoinAsync();
        client.Take()[^1].ShouldContain("\"status\":\"ok\"");
    }

    [Theory]
    [InlineData("""{"schema":"monitoring","table":"monitoring_events"}""", "Too many postgres_changes are being listened to")]
    [InlineData("""{"schema":"monitoring","table":"monitoring_events","filter":"source=match.a"}""", "Too many regular expressions are being matched")]
    public async Task What_all_may_listen_to_together_is_bounded_and_what_is_left_makes_room(string entry, string fault)
    {
        using var rig = new RealtimeRig(new RealtimeOptions { BindingsOfAllMax = entry.Contains("match") ? 100 : 2, PatternsOfAllMax = 2 });
        var config = $$"""{"postgres_changes":[{{entry}}]}""";
        var first = await rig.JoinedAsync(config: config, rights: RealtimeRig.Anybody with { Who = "first" });
        await rig.JoinedAsync(config: config, rights: RealtimeRig.Anybody with { Who = "second" });
        var third = rig.Connect();

        await third.JoinAsync(config: config);
        third.Take().ShouldHaveSingleItem().ShouldContain(fault);
        await third.JoinAsync("realtime:b");
        await first.PushAsync("6", "9", "realtime:a", "phx_leave", "{}");
        await third.JoinAsync(config: config);

        third.Take().ShouldAllBe(frame => !frame.Contains("\"status\":\"error\""));
    }

    [Theory]
    [InlineData("""{"schema":"monitoring","table":"monitoring_events"}""", "You listen to too many postgres_changes")]
    [InlineData("""{"schema":"monitoring","table":"monitoring_events","filter":"source=match.a"}""", "You have too many regular expressions matched")]
    public async Task One_caller_leaves_room_for_others_however_many_connections_it_has(string entry, string fault)
    {
        using var rig = new RealtimeRig(new RealtimeOptions { BindingsOfAllMax = entry.Contains("match") ? 100 : 4, PatternsOfAllMax = 4 });
        var config = $$"""{"postgres_changes":[{{entry}}]}""";
        var greedy = RealtimeRig.Anybody with { Who = "greedy" };
        var first = await rig.JoinedAsync(config: config, rights: greedy);
        await rig.JoinedAsync(config: config, rights: greedy);
        var third = rig.Connect(rights: greedy);
        var other = rig.Connect();

        await third.JoinAsync(config: config);
        await other.JoinAsync(config: config);
        third.Take().ShouldHaveSingleItem().ShouldContain(fault);
        other.Take()[0].ShouldContain("\"status\":\"ok\"");
        await first.PushAsync("6", "9", "realtime:a", "phx_leave", "{}");
        await third.JoinAsync(config: config);

        third.Take()[0].ShouldContain("\"status\":\"ok\"");
    }

    [Fact]
    public async Task A_join_that_asks_for_too_much_is_refused()
    {
        using var rig = new RealtimeRig(new RealtimeOptions { BindingsMax = 2, JoinBytesMax = 1_000 });
        var client = rig.Connect();

        await client.JoinAsync(config: """{"postgres_changes":[{"table":"a"},{"table":"a"},{"table":"a"}]}""");
        await client.JoinAsync(config: $$"""{"x":"{{new string('x', 1_000)}}"}""");

        var told = client.Take();
        told[0].ShouldContain("InvalidJoinPayload: at most 2 postgres_changes of a channel");
        told[1].ShouldContain("InvalidJoinPayload: it is too large");
    }

    [Fact]
    public async Task A_place_in_the_log_that_is_none_is_refused()
    {
        using var rig = new RealtimeRig();
        var client = rig.Connect();

        await client.JoinAsync("realtime:holdfast:live", more: ""","since":"nonsense" """);

        client.Take().ShouldHaveSingleItem().ShouldContain("InvalidJoinPayload: since is not a cursor");
    }

    [Fact]
    public async Task A_client_from_before_there_was_a_configuration_names_its_table_in_the_topic()
    {
        using var rig = new RealtimeRig();
        var client = rig.Connect(PhoenixSerializer.V1);

        await client.SendAsync("""{"topic":"realtime:monitoring:monitoring_events:category=eq.debug","event":"phx_join","payload":{"user_token":null},"ref":"1"}""");

        var told = client.Take();
        told[0].ShouldContain("\"schema\":\"monitoring\",\"table\":\"monitoring_events\",\"filter\":\"category=eq.debug\",\"id\":");
        told[1].ShouldContain("Subscribed to PostgreSQL");
        rig.Server.Changes.Bindings.ShouldBe(1);
    }

    [Fact]
    public async Task The_client_for_NET_is_answered_what_it_waits_for()
    {
        using var rig = new RealtimeRig();
        rig.Judge.Verdicts["jwt"] = new TokenVerdict(RealtimeRig.Anybody);
        var client = rig.Connect(PhoenixSerializer.V1);

        // What version 7.3.0 sends: no "private", members that are null, and its token once more after the join.
        await client.SendAsync("""{"topic":"realtime:public","event":"phx_join","payload":{"config":{"broadcast":null,"presence":null,"postgres_changes":[{"event":"*","schema":"monitoring","table":"monitoring_events","filter":null,"parameters":null}]},"access_token":"jwt"},"ref":"a1b2","join_ref":"a1b2"}""");
        await client.SendAsync("""{"topic":"realtime:public","event":"access_token","payload":{"access_token":"jwt"},"ref":"c3d4","join_ref":"a1b2"}""");
        await client.SendAsync("""{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"e5f6"}""");

        var told = client.Take();
        told[0].ShouldStartWith("""{"topic":"realtime:public","event":"phx_reply","payload":{"status":"ok","response":{"postgres_changes":[{"event":"*","schema":"monitoring","table":"monitoring_events","filter":null,"parameters":null,"id":""");
        told[1].ShouldContain("""{"message":"Subscribed to PostgreSQL","status":"ok","extension":"postgres_changes","channel":"public"}""");
        told[2].ShouldBe("""{"topic":"phoenix","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"e5f6"}""");
    }

    [Fact]
    public async Task The_client_is_told_when_changes_will_reach_it_if_it_asks()
    {
        using var rig = new RealtimeRig();
        var client = rig.Connect();

        await client.JoinAsync(config: """{"broadcast":{"replication_ready":"True"}}""");

        client.Take()[1].ShouldBe("""[null,null,"realtime:a","system",{"message":"Replication connection established","status":"ok","extension":"system","channel":"a"}]""");
    }
}
