using System.Text;
using Holdfast.Realtime.Wire;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Realtime;

/// <summary>Frames as other servers and the official client write them, byte for byte.</summary>
public sealed class GoldenFramesTests
{
    private const string Metrics = "realtime:metrics";

    public static TheoryData<string, string, string?, string?, string, string, string> ServerFrames => new()
    {
        { "reply", "phoenix", null, "9", "phx_reply", """[null,"9","phoenix","phx_reply",{"status":"ok","response":{}}]""", """{"topic":"phoenix","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"9"}""" },
        { "closed", "realtime:a", "6", "6", "phx_close", """["6","6","realtime:a","phx_close",{}]""", """{"topic":"realtime:a","event":"phx_close","payload":{},"ref":"6"}""" },
        { "crashed", "realtime:a", "6", "6", "phx_error", """["6","6","realtime:a","phx_error",{"reason":"channel_crash"}]""", """{"topic":"realtime:a","event":"phx_error","payload":{"reason":"channel_crash"},"ref":"6"}""" },
        { "system", Metrics, null, null, "system", """[null,null,"realtime:metrics","system",{"message":"Subscribed to PostgreSQL","status":"ok","extension":"postgres_changes","channel":"metrics"}]""", """{"topic":"realtime:metrics","event":"system","payload":{"message":"Subscribed to PostgreSQL","status":"ok","extension":"postgres_changes","channel":"metrics"},"ref":null}""" },
        { "unmatched", "realtime:nope", null, "12", "phx_reply", """[null,"12","realtime:nope","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]""", """{"topic":"realtime:nope","event":"phx_reply","payload":{"status":"error","response":{"reason":"unmatched topic"}},"ref":"12"}""" },
        { "too large", "realtime:a", "6", "7", "phx_reply", """["6","7","realtime:a","phx_reply",{"status":"error","response":"payload_size_exceeded"}]""", """{"topic":"realtime:a","event":"phx_reply","payload":{"status":"error","response":"payload_size_exceeded"},"ref":"7"}""" },
        { "no escapes", "realtime:é", null, null, "<'`&", """[null,null,"realtime:é","<'`&",{}]""", """{"topic":"realtime:é","event":"<'`&","payload":{},"ref":null}""" },
    };

    [Theory]
    [MemberData(nameof(ServerFrames))]
    public void What_the_server_says_is_written_as_others_write_it(string what, string topic, string? joinRef, string? reference, string name, string second, string first)
    {
        var message = new ServerMessage(joinRef, reference, topic, name, PayloadOf(what));

        Encoding.UTF8.GetString(PhoenixSerializer.V2.Write(message).Bytes).ShouldBe(second);
        Encoding.UTF8.GetString(PhoenixSerializer.V1.Write(message).Bytes).ShouldBe(first);
    }

    public static TheoryData<string, string> ClientFrames => new()
    {
        { """[null,"9","phoenix","heartbeat",{}]""", """{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"9"}""" },
        {
            """["6","6","realtime:a","phx_join",{"config":{"broadcast":{"ack":false,"self":false},"presence":{"key":"","enabled":false},"postgres_changes":[],"private":true},"access_token":"jwt-1"}]""",
            """{"topic":"realtime:a","event":"phx_join","payload":{"config":{"broadcast":{"ack":false,"self":false},"presence":{"key":"","enabled":false},"postgres_changes":[],"private":true},"access_token":"jwt-1"},"ref":"6","join_ref":"6"}"""
        },
        { """["6","7","realtime:a","access_token",{"access_token":"jwt-2"}]""", """{"topic":"realtime:a","event":"access_token","payload":{"access_token":"jwt-2"},"ref":"7","join_ref":"6"}""" },
        { """["6","8","realtime:a","presence",{"type":"presence","event":"untrack"}]""", """{"topic":"realtime:a","event":"presence","payload":{"type":"presence","event":"untrack"},"ref":"8","join_ref":"6"}""" },
        { """["6","8","realtime:a","phx_leave",{}]""", """{"topic":"realtime:a","event":"phx_leave","payload":{},"ref":"8","join_ref":"6"}""" },
    };

    [Theory]
    [MemberData(nameof(ClientFrames))]
    public void What_clients_say_reads_alike_in_both_forms(string second, string first)
    {
        var (fromSecond, fromFirst) = (PhoenixSerializer.V2.Read(Bytes(second), binary: false), PhoenixSerializer.V1.Read(Bytes(first), binary: false));

        fromSecond.ShouldNotBeNull().ShouldSatisfyAllConditions(
            message => message.Topic.ShouldBe(fromFirst!.Topic),
            message => message.Event.ShouldBe(fromFirst!.Event),
            message => message.Ref.ShouldBe(fromFirst!.Ref),
            message => message.JoinRef.ShouldBe(fromFirst!.JoinRef),
            message => Encoding.UTF8.GetString(message.Payload.Span).ShouldBe(Encoding.UTF8.GetString(fromFirst!.Payload.Span)));
    }

    [Theory]
    [InlineData("0301011004000136377265616c74696d653a6d6574726963737469636b7b2276223a317d", true, "", """{"v":1}""")]
    [InlineData("0301011004000036377265616c74696d653a6d6574726963737469636bcafe", false, "", "\u00ca\u00fe")]
    [InlineData("0301011004160136387265616c74696d653a6d6574726963737469636b7b2270657273697374223a7b2274746c223a36307d7d7b2276223a317d", true, """{"persist":{"ttl":60}}""", """{"v":1}""")]
    public void A_binary_push_of_the_official_client_is_read(string hex, bool isJson, string meta, string payload)
    {
        var message = PhoenixSerializer.V2.Read(Convert.FromHexString(hex), binary: true).ShouldNotBeNull();

        (message.JoinRef, message.Topic, message.Event).ShouldBe(("6", Metrics, "broadcast"));
        var broadcast = message.Broadcast.ShouldNotBeNull();
        (broadcast.Event, broadcast.IsJson).ShouldBe(("tick", isJson));
        Encoding.UTF8.GetString(broadcast.Meta.Span).ShouldBe(meta);
        Encoding.Latin1.GetString(broadcast.Payload.Span).ShouldBe(payload);
    }

    [Theory]
    [InlineData(true, "", "7b2276223a317d", "04100400017265616c74696d653a6d6574726963737469636b7b2276223a317d")]
    [InlineData(true, """{"id":"a1","replayed":true}""", "7b2276223a317d", "0410041b017265616c74696d653a6d6574726963737469636b7b226964223a226131222c227265706c61796564223a747275657d7b2276223a317d")]
    [InlineData(false, "", "cafe", "04100400007265616c74696d653a6d6574726963737469636bcafe")]
    public void A_broadcast_goes_out_as_the_official_client_reads_it(bool isJson, string meta, string payload, string hex)
    {
        var broadcast = new UserBroadcast("tick", Convert.FromHexString(payload), isJson);

        Convert.ToHexStringLower(PhoenixSerializer.V2.Write(Metrics, broadcast, Bytes(meta).Span)!.Value.Bytes).ShouldBe(hex);
    }

    [Theory]
    [InlineData("", """{"topic":"realtime:metrics","event":"broadcast","payload":{"type":"broadcast","event":"tick","payload":{"v":1}},"ref":null}""")]
    [InlineData("""{"id":"a1","replayed":true}""", """{"topic":"realtime:metrics","event":"broadcast","payload":{"type":"broadcast","event":"tick","payload":{"v":1},"meta":{"id":"a1","replayed":true}},"ref":null}""")]
    public void A_broadcast_is_text_in_the_older_form(string meta, string text)
    {
        var broadcast = new UserBroadcast("tick", Bytes("""{"v":1}"""), IsJson: true);

        Encoding.UTF8.GetString(PhoenixSerializer.V1.Write(Metrics, broadcast, Bytes(meta).Span)!.Value.Bytes).ShouldBe(text);
        PhoenixSerializer.V1.Write(Metrics, broadcast with { IsJson = false }, default).ShouldBeNull();
    }

    [Fact]
    public void Lengths_of_names_are_those_of_their_bytes()
    {
        var broadcast = new UserBroadcast("🚀", Bytes("1"), IsJson: true);

        var frame = PhoenixSerializer.V2.Write("realtime:é", broadcast, default)!.Value.Bytes;

        frame[..5].ShouldBe([4, 11, 4, 0, 1]);
        Encoding.UTF8.GetString(frame.AsSpan(5)).ShouldBe("realtime:é🚀1");
    }

    [Fact]
    public async Task A_join_that_wants_everything_is_answered_as_others_answer_it()
    {
        using var rig = new RealtimeRig();
        var client = rig.Connect();

        await client.JoinAsync("realtime:metrics", """{"broadcast":{"self":true,"ack":true},"presence":{"key":"k1","enabled":true},"postgres_changes":[{"event":"*","schema":"monitoring","table":"monitoring_events","filter":"category=eq.debug"},null],"private":false}""");

        client.Take().ShouldBe([
            """["6","6","realtime:metrics","phx_reply",{"status":"ok","response":{"postgres_changes":[{"event":"*","schema":"monitoring","table":"monitoring_events","filter":"category=eq.debug","id":918696126}]}}]""",
            """[null,null,"realtime:metrics","system",{"message":"Subscribed to PostgreSQL","status":"ok","extension":"postgres_changes","channel":"metrics"}]""",
            """[null,null,"realtime:metrics","presence_state",{}]""",
        ]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1.0.0")]
    [InlineData("1.0.7")]
    public void Whoever_names_no_version_speaks_the_first(string? version) => PhoenixSerializer.Of(version).ShouldBe(PhoenixSerializer.V1);

    [Theory]
    [InlineData("2.0.0", true)]
    [InlineData("2.1.0", false)]
    [InlineData("3.0.0", false)]
    [InlineData("2.0.", false)]
    [InlineData("2.0.x", false)]
    [InlineData("2", false)]
    public void Other_versions_are_the_second_or_none(string version, bool known) => PhoenixSerializer.Of(version).ShouldBe(known ? PhoenixSerializer.V2 : null);

    private static ReadOnlyMemory<byte> PayloadOf(string what) => what switch
    {
        "reply" => PhoenixPayloads.Ok,
        "crashed" => PhoenixPayloads.Crashed,
        "system" => PhoenixPayloads.System("Subscribed to PostgreSQL", good: true, "postgres_changes", "metrics"),
        "unmatched" => PhoenixPayloads.Error("unmatched topic"),
        "too large" => PhoenixPayloads.TooLarge(),
        _ => PhoenixPayloads.Empty,
    };

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
