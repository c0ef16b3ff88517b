using System.Text;
using Holdfast.Realtime;
using Holdfast.Realtime.Channels;
using Holdfast.Realtime.Wire;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Realtime;

/// <summary>Messages from clients to clients.</summary>
public sealed class BroadcastTests
{
    private static readonly byte[] Tick = Convert.FromHexString("0301010a04000136377265616c74696d653a617469636b7b2276223a317d");
    private const string TickTold = "040a0400017265616c74696d653a617469636b7b2276223a317d";

    [Fact]
    public async Task A_message_goes_to_all_others_in_their_own_form_and_not_back()
    {
        using var rig = new RealtimeRig();
        var (sender, second, first) = (await rig.JoinedAsync(), await rig.JoinedAsync(), await rig.JoinedAsync(serializer: PhoenixSerializer.V1));
        var elsewhere = await rig.JoinedAsync("realtime:b");

        await sender.SendAsync(Tick);

        sender.Take().ShouldBeEmpty();
        second.Take().ShouldBe([TickTold]);
        first.Take().ShouldBe(["""{"topic":"realtime:a","event":"broadcast","payload":{"type":"broadcast","event":"tick","payload":{"v":1}},"ref":null}"""]);
        elsewhere.Take().ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_asked_for_it_gets_his_own_and_an_answer()
    {
        using var rig = new RealtimeRig();
        var client = await rig.JoinedAsync(config: """{"broadcast":{"self":true,"ack":true}}""");

        await client.SendAsync(Tick);

        client.Take().ShouldBe(["""["6","7","realtime:a","phx_reply",{"status":"ok","response":{}}]""", TickTold]);
    }

    [Fact]
    public async Task Text_may_carry_a_message_in_either_form()
    {
        using var rig = new RealtimeRig();
        var (sender, older) = (await rig.JoinedAsync(), await rig.JoinedAsync(serializer: PhoenixSerializer.V1));

        await sender.PushAsync("6", "7", "realtime:a", "broadcast", """{"type":"broadcast","event":"tick","payload":{"v":1}}""");
        await older.PushAsync("6", "7", "realtime:a", "broadcast", """{"type":"broadcast","event":"tick","payload": {"v": 1.0}, "ids":[1]}""");

        older.Take().ShouldHaveSingleItem().ShouldContain("""{"type":"broadcast","event":"tick","payload":{"v":1}}""");
        Encoding.UTF8.GetString(sender.TakeFrames().ShouldHaveSingleItem().Bytes).ShouldEndWith("""tick{"v": 1.0}""");
    }

    [Fact]
    public async Task Bytes_reach_those_who_can_read_them()
    {
        using var rig = new RealtimeRig();
        var (sender, second, first) = (await rig.JoinedAsync(), await rig.JoinedAsync(), await rig.JoinedAsync(serializer: PhoenixSerializer.V1));

        await sender.SendAsync(Convert.FromHexString("0301010a04000036377265616c74696d653a617469636bcafe"));

        second.Take().ShouldBe(["040a0400007265616c74696d653a617469636bcafe"]);
        first.Take().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_sent_may_lie_in_memory_that_is_used_again()
    {
        using var rig = new RealtimeRig();
        var (sender, other) = (await rig.JoinedAsync(), await rig.JoinedAsync());
        var frame = Tick.ToArray();

        await sender.SendAsync(frame);
        Array.Clear(frame);

        other.Take().ShouldBe([TickTold]);
    }

    [Fact]
    public async Task The_private_topic_of_a_name_is_another_than_the_public()
    {
        using var rig = new RealtimeRig();
        var (open, closed) = (await rig.JoinedAsync(config: """{"broadcast":{"self":true}}"""), await rig.JoinedAsync(config: """{"private":true}"""));

        await open.SendAsync(Tick);

        closed.Take().ShouldBeEmpty();
        open.Take().Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_too_large_is_told_to_who_asked_for_answers_and_goes_nowhere()
    {
        using var rig = new RealtimeRig(new RealtimeOptions { PayloadBytesMax = 6 });
        var client = await rig.JoinedAsync(config: """{"broadcast":{"self":true,"ack":true}}""");

        await client.SendAsync(Tick);

        client.Take().ShouldBe(["""["6","7","realtime:a","phx_reply",{"status":"error","response":"payload_size_exceeded"}]"""]);
    }

    [Fact]
    public async Task Who_may_not_send_is_told_so_once_when_he_asks_for_no_answers()
    {
        using var rig = new RealtimeRig();
        var other = await rig.JoinedAsync();
        var client = await rig.JoinedAsync(rights: RealtimeRig.Anybody with { MayBroadcast = false });

        await client.SendAsync(Tick);
        await client.SendAsync(Tick);

        client.Take().ShouldHaveSingleItem().ShouldContain("Unauthorized: You do not have permissions to write to this Channel topic: a");
        other.Take().ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_sends_too_fast_over_all_his_connections_loses_the_channel_and_may_join_again()
    {
        using var rig = new RealtimeRig(new RealtimeOptions { MessagesPerSecond = 10 });
        var (one, two) = (await rig.JoinedAsync(), await rig.JoinedAsync());

        for (var messages = 0; messages < 5; messages++)
        {
            await one.SendAsync(Tick);
            await two.SendAsync(Tick);
        }

        await one.SendAsync(Tick);

        var told = one.Take();
        told[0].ShouldContain("Too many messages per second");
        told[1].ShouldContain("phx_error");
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await one.JoinAsync();
        await one.SendAsync(Tick);
        two.Take()[^1].ShouldBe(TickTold);
    }

    [Fact]
    public async Task A_stored_message_comes_again_for_who_comes_later_and_says_so()
    {
        using var rig = new RealtimeRig();
        var sender = await rig.JoinedAsync(config: """{"private":true}""");
        var listener = await rig.JoinedAsync(config: """{"private":true}""");
        var since = rig.Time.GetUtcNow().ToUnixTimeMilliseconds();

        await sender.SendAsync(Tick);
        await sender.SendAsync([3, 1, 1, 10, 4, 16, 1, .. "67realtime:atick{\"persist\":true}{\"v\":2}"u8]);
        rig.Time.Advance(TimeSpan.FromHours(1));
        var later = rig.Connect(PhoenixSerializer.V1);
        await later.JoinAsync(config: ReplayOf(since));

        listener.TakeFrames().Count.ShouldBe(2);
        var told = later.Take();
        told.Count.ShouldBe(2);
        told[1].ShouldContain("""{"type":"broadcast","event":"tick","payload":{"v":2},"meta":{"id":""");
        told[1].ShouldContain("\"replayed\":true");
        rig.Time.Advance(TimeSpan.FromHours(72));
        await later.JoinAsync(config: ReplayOf(since), joinRef: "9");
        later.Take().Count(frame => frame.Contains("replayed")).ShouldBe(0);
    }

    [Fact]
    public void Stored_messages_are_bounded_by_topic_and_by_bytes_and_the_oldest_leave()
    {
        var stored = new StoredMessages(bytesMax: 10_000);
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        for (var i = 0; i < 100; i++)
        {
            stored.Add(new TopicKey($"{i % 5}", Private: true), new UserBroadcast($"{i}", new byte[300], IsJson: true), null, now);
        }

        Told("0").ShouldBe(4);
        var few = new StoredMessages(bytesMax: long.MaxValue);
        for (var i = 0; i < 40; i++)
        {
            few.Add(new TopicKey("a", Private: true), new UserBroadcast($"{i}", "1"u8.ToArray(), IsJson: true), TimeSpan.FromSeconds(i), now);
        }

        few.Since(new TopicKey("a", Private: true), new ReplayRequest(0, 25), now).Count.ShouldBe(25);
        few.Since(new TopicKey("a", Private: true), new ReplayRequest(0, 3), now).Count.ShouldBe(3);
        few.Since(new TopicKey("a", Private: true), new ReplayRequest(0, 25), now + TimeSpan.FromSeconds(30)).Count.ShouldBe(9);

        int Told(string topic) => stored.Since(new TopicKey(topic, Private: true), new ReplayRequest(0, 25), now).Count;
    }

    [Fact]
    public void A_message_to_many_is_encoded_once_in_each_form()
    {
        var times = 0;
        var message = new SharedMessage(1, serializer =>
        {
            times++;
            return serializer.Write(new ServerMessage(null, null, "a", "b", PhoenixPayloads.Empty));
        });

        var frames = Enumerable.Range(0, 10).Select(at => message.For(at % 2 == 0 ? PhoenixSerializer.V1 : PhoenixSerializer.V2)!.Value.Bytes).ToArray();

        times.ShouldBe(2);
        frames[0].ShouldBeSameAs(frames[8]);
    }

    private static string ReplayOf(long since) => """{"private":true,"broadcast":{"replay":{"since":?}}}""".Replace("?", $"{since}", StringComparison.Ordinal);
}
