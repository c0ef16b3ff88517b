using System.Text;
using Holdfast.Realtime.Wire;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Realtime;

/// <summary>What is no frame is passed over and costs its sender nothing else; what would break other clients is never handed on.</summary>
public sealed class MalformedFramesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[1,2,3]")]
    [InlineData("""["6","6","realtime:a","phx_join"]""")]
    [InlineData("""["6","6","realtime:a","phx_join",{},{}]""")]
    [InlineData("""["6","6",null,"phx_join",{}]""")]
    [InlineData("""["6","6","realtime:a",null,{}]""")]
    [InlineData("""["6",{},"realtime:a","phx_join",{}]""")]
    [InlineData("""["6","6","realtime:a","phx_join",{}""")]
    [InlineData("""["6","6","realtime:a","phx_join",{}]x""")]
    [InlineData("""["6","6","\ud800","phx_join",{}]""")]
    [InlineData("""["6","6","realtime:a","phx_join",{"\udfff":{}}]""")]
    [InlineData("""["6","6","realtime:a","phx_join",{"a":["\ud800"]}]""")]
    [InlineData("""["6","6","realtime:a","x","\ud800"]""")]
    public void Text_that_is_no_message_is_passed_over(string text)
    {
        PhoenixSerializer.V2.Read(Encoding.UTF8.GetBytes(text), binary: false).ShouldBeNull();
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"topic":"a","event":"b"}""")]
    [InlineData("""{"topic":1.5,"payload":{}}""")]
    [InlineData("""{"topic":["a"],"event":"b","payload":{},"ref":"1"}""")]
    [InlineData("""{"topic":"a","event":"b","payload":{"\ud800":1},"ref":"1"}""")]
    public void An_object_that_is_no_message_is_passed_over(string text) =>
        PhoenixSerializer.V1.Read(Encoding.UTF8.GetBytes(text), binary: false).ShouldBeNull();

    [Theory]
    [InlineData("1", true)]
    [InlineData("""{"a":[{"b":[]},"\ud83d\ude80"],"c":{}}""", true)]
    [InlineData("""{"a":[{"b":[]}]}{}""", false)]
    [InlineData("""{"a":[{"b":[]}]""", false)]
    [InlineData("""{"a":[{"\udfff":[]}]}""", false)]
    [InlineData("\"\\ude80\"", false)]
    public void What_is_handed_on_can_be_read_to_its_last_text(string text, bool isReadable) =>
        PhoenixText.IsJson(Encoding.UTF8.GetBytes(text)).ShouldBe(isReadable);

    [Fact]
    public void A_name_that_a_byte_cannot_measure_is_too_long()
    {
        PhoenixSerializer.V2.Read(Encoding.UTF8.GetBytes($"""["6","6","realtime:{new string('a', 246)}","x",1]"""), binary: false).ShouldNotBeNull();
        PhoenixSerializer.V2.Read(Encoding.UTF8.GetBytes($"""["6","6","realtime:{new string('a', 247)}","x",1]"""), binary: false).ShouldBeNull();
    }

    [Fact]
    public void A_binary_push_may_be_cut_off_anywhere()
    {
        var sound = Convert.FromHexString("0301011004160136387265616c74696d653a6d6574726963737469636b7b2270657273697374223a7b2274746c223a36307d7d7b2276223a317d");

        for (var length = 0; length < sound.Length; length++)
        {
            PhoenixSerializer.V2.Read(sound.AsMemory(0, length), binary: true).ShouldBeNull($"{length} bytes");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("04100400017265616c74696d653a6d6574726963737469636b7b2276223a317d")]
    [InlineData("03ffffffffff01")]
    [InlineData("0301011004000236377265616c74696d653a6d6574726963737469636b7b2276223a317d")]
    public void A_binary_frame_of_another_kind_or_beyond_its_end_is_passed_over(string hex) =>
        PhoenixSerializer.V2.Read(Convert.FromHexString(hex), binary: true).ShouldBeNull();

    [Theory]
    [InlineData("7b2276223a")] // {"v":
    [InlineData("7b7d7b7d")] // {}{}
    [InlineData("22ff22")] // bytes that are no UTF-8
    [InlineData("")]
    public void A_payload_that_claims_to_be_JSON_must_be(string payload)
    {
        var frame = Convert.FromHexString("0301011004000136377265616c74696d653a6d6574726963737469636b" + payload);

        PhoenixSerializer.V2.Read(frame, binary: true).ShouldBeNull();
    }

    [Fact]
    public void The_older_form_knows_no_binary_frames() =>
        PhoenixSerializer.V1.Read(Convert.FromHexString("0301011004000136377265616c74696d653a6d6574726963737469636b7b7d"), binary: true).ShouldBeNull();

    [Fact]
    public async Task Nesting_without_end_is_passed_over()
    {
        using var rig = new RealtimeRig();
        var client = await rig.JoinedAsync();

        await client.SendAsync($"""["6","7","realtime:a","broadcast",{new string('[', 100_000)}""");
        await client.SendAsync($$$"""["6","7","realtime:a","presence",{"event":"track","payload":{"a":{{{new string('[', 50)}}}{{{new string(']', 50)}}} } }]""");
        await client.SendAsync("""[null,"9","phoenix","heartbeat",{}]""");

        rig.Server.Malformed.ShouldBe(1);
        client.Take()[^1].ShouldBe("""[null,"9","phoenix","phx_reply",{"status":"ok","response":{}}]""");
    }

    [Theory]
    [InlineData("""["6","7","realtime:a","presence",{"event":"track","payload":{"\ud800":1}}]""")]
    [InlineData("""["6","7","realtime:a","presence",{"event":"\ud800","payload":{}}]""")]
    [InlineData("""["7","7","realtime:b","phx_join",{"config":{"presence":{"key":"\udfff"},"\ud800":1}}]""")]
    [InlineData("""["6","7","realtime:a","broadcast",{"event":"\ud800","payload":{}}]""")]
    [InlineData("""["6","7","realtime:a","broadcast",7]""")]
    [InlineData("""["6","7","realtime:a","presence",[]]""")]
    [InlineData("""["6","7","realtime:a","access_token","x"]""")]
    [InlineData("""["7","7","realtime:b","phx_join",[[]]]""")]
    [InlineData("""["7","7","realtime:b","phx_join",{"config":{"postgres_changes":[{"schema":{},"table":[],"filter":7,"select":[7,{}]}]}}]""")]
    [InlineData("""["7","7","realtime:b","phx_join",{"config":{"postgres_changes":[{"schema":"\ud800","table":"\ud800"}],"broadcast":{"replay":"x"}}}]""")]
    public async Task Half_a_character_and_other_types_than_expected_do_not_end_a_connection(string frame)
    {
        using var rig = new RealtimeRig();
        var client = await rig.JoinedAsync();

        await client.SendAsync(frame);
        await client.SendAsync("""[null,"9","phoenix","heartbeat",{}]""");

        client.Take()[^1].ShouldBe("""[null,"9","phoenix","phx_reply",{"status":"ok","response":{}}]""");
    }

    [Fact]
    public async Task A_binary_frame_cannot_be_a_join()
    {
        using var rig = new RealtimeRig();
        var client = rig.Connect();

        // A push of kind 3 is always a broadcast, whatever its user event is called.
        await client.SendAsync([3, 1, 1, 10, 8, 0, 1, .. "66realtime:aphx_join{}"u8]);

        client.Take().ShouldBe(["""[null,"6","realtime:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]"""]);
    }
}
