using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Holdfast.AspNetCore.Live;
using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Server.Tests.Support;
using Holdfast.Spool;
using Holdfast.Storage;

namespace Holdfast.Server.Tests.Live;

public sealed class CatchUpTests
{
    [Fact]
    public async Task A_watcher_that_was_away_gets_exactly_what_it_missed()
    {
        await using var server = await TestServer.StartAsync();
        var cursor = await CursorBehindAsync(server, 10);

        await RecordAsync(server, 11, 350);
        await using var back = await LiveClient.ConnectAsync(server, since: cursor);
        await RecordAsync(server, 361, 40);
        await back.UntilSequenceAsync(400);

        ShouldHaveExactly(back, 11, 400);
    }

    [Fact]
    public async Task Nothing_is_missed_or_repeated_across_a_restart_on_the_same_directory()
    {
        using var data = new DataDirectory();
        string? cursor;
        await using (var before = await TestServer.StartAsync(data))
        {
            cursor = await CursorBehindAsync(before, 50);
            await RecordAsync(before, 51, 70);
        }

        await using var after = await TestServer.StartAsync(data);
        await RecordAsync(after, 121, 30);
        await using var back = await LiveClient.ConnectAsync(after, since: cursor);
        await RecordAsync(after, 151, 5);
        await back.UntilSequenceAsync(155);

        ShouldHaveExactly(back, 51, 155);
    }

    [Fact]
    public async Task Producers_and_a_watcher_that_comes_and_goes_end_up_with_the_same_events()
    {
        const int Total = 2_000;
        await using var server = await TestServer.StartAsync();
        var producing = Task.WhenAll(Enumerable.Range(0, 4).Select(async producer =>
        {
            for (var request = 0; request < 50; request++)
            {
                (await server.PostAsync(SomeEvents.Many($"hammer.{producer}", request * 10, 10))).Status.ShouldBe(202);
            }
        }));

        // From the beginning, and back again wherever the connection was dropped.
        string? cursor = LiveCursor.Encode(LivePositions.Of(server.Node.Parts.Spool.SpoolId, 0));
        var seen = new List<long>();
        var gaps = 0;
        var patience = Deadline.Token();
        while (seen.Count == 0 || seen[^1] < Total)
        {
            await using var watcher = await LiveClient.ConnectAsync(server, since: cursor);
            for (var frames = 0; frames < 25 && (watcher.Sequences.Length == 0 || watcher.Sequences[^1] < Total); frames++)
            {
                await watcher.NextAsync(patience);
            }

            cursor = watcher.Cursor;
            seen.AddRange(watcher.Sequences);
            gaps += watcher.Seen.Count(frame => frame.Type == "g");
        }

        await producing;
        seen.ShouldBe(Enumerable.Range(1, Total).Select(n => (long)n));
        gaps.ShouldBe(0);
    }

    [Fact]
    public async Task Beyond_the_limit_the_oldest_are_told_as_a_gap_and_the_rest_is_sent()
    {
        const int Beyond = 500;
        await using var server = await TestServer.StartAsync();
        var cursor = await CursorBehindAsync(server, 1);
        var total = 1 + Beyond + CatchUp.EventsMax;
        for (var from = 2; from <= total; from += 5_000)
        {
            await RecordAsync(server, from, Math.Min(5_000, total - from + 1));
        }

        await server.SettledLedgerAsync();
        await using var back = await LiveClient.ConnectAsync(server, since: cursor);
        await back.UntilSequenceAsync(total);

        var gap = back.Seen.Where(frame => frame.Type == "g").ShouldHaveSingleItem()[1];
        gap.GetProperty("epoch").GetGuid().ShouldBe(server.Node.Parts.Spool.SpoolId);
        gap.GetProperty("from").GetInt64().ShouldBe(2);
        gap.GetProperty("to").GetInt64().ShouldBe(total - CatchUp.EventsMax);
        back.Sequences.ShouldBe(Enumerable.Range(0, CatchUp.EventsMax).Select(i => (long)(total - CatchUp.EventsMax + 1 + i)));
    }

    [Fact]
    public async Task History_that_is_gone_is_told_as_a_gap()
    {
        using var data = new DataDirectory();
        string? cursor;
        await using (var before = await TestServer.StartAsync(data))
        {
            cursor = await CursorBehindAsync(before, 5);
            await RecordAsync(before, 6, 20);
            await before.SettledLedgerAsync();
        }

        data.RemoveStore();
        await using var after = await TestServer.StartAsync(data);
        await using var back = await LiveClient.ConnectAsync(after, since: cursor);
        var gap = await back.UntilAsync("g");
        await RecordAsync(after, 26, 1);
        await back.UntilSequenceAsync(26);

        gap[1].GetProperty("from").GetInt64().ShouldBe(6);
        gap[1].GetProperty("to").GetInt64().ShouldBe(25);
        back.Sequences.ShouldBe([26]);
    }

    [Fact]
    public async Task A_repeated_event_is_no_gap_although_it_took_a_number()
    {
        await using var server = await TestServer.StartAsync();
        var cursor = await CursorBehindAsync(server, 5);
        var repeated = $$"""{"event_id":"{{Guid.NewGuid()}}","event_type":"catch.up","data":{} }""";
        (await server.PostAsync(repeated)).Status.ShouldBe(202);
        await RecordAsync(server, 7, 3);
        (await server.PostAsync(repeated)).Status.ShouldBe(202);
        await RecordAsync(server, 11, 3);
        var ledger = await server.SettledLedgerAsync();

        await using var back = await LiveClient.ConnectAsync(server, since: cursor);
        await back.UntilSequenceAsync(13);

        ledger.GetProperty("duplicates").GetInt64().ShouldBe(1);
        back.Seen.ShouldNotContain(frame => frame.Type == "g");
        back.Sequences.ShouldBe([6, 7, 8, 9, 11, 12, 13]);
    }

    [Fact]
    public async Task The_snapshot_of_the_page_says_where_the_live_events_go_on()
    {
        await using var server = await TestServer.StartAsync();
        await RecordAsync(server, 1, 30);
        var overview = await Deadline.EventuallyAsync(
            () => server.GetAsync("/api/overview"), answer => answer.Json.GetProperty("events").EnumerateArray().Any(e => e.GetProperty("sequence_id").GetInt64() == 30));
        await RecordAsync(server, 31, 40);

        await using var watcher = await LiveClient.ConnectAsync(server, since: overview.Json.GetProperty("cursor").GetString());
        await RecordAsync(server, 71, 5);
        await watcher.UntilSequenceAsync(75);

        ShouldHaveExactly(watcher, 31, 75);
    }

    [Fact]
    public async Task A_cursor_of_an_earlier_spool_gets_the_rest_of_that_epoch_and_all_of_the_new_one()
    {
        using var data = new DataDirectory();
        string? cursor;
        Guid oldEpoch;
        await using (var before = await TestServer.StartAsync(data))
        {
            oldEpoch = before.Node.Parts.Spool.SpoolId;
            cursor = await CursorBehindAsync(before, 5);
            await RecordAsync(before, 6, 20);
            await before.SettledLedgerAsync();
        }

        foreach (var file in Directory.EnumerateFiles(data.Path, "spool*"))
        {
            File.Delete(file);
        }

        await using var after = await TestServer.StartAsync(data);
        await RecordAsync(after, 1, 8);
        await using var back = await LiveClient.ConnectAsync(after, since: cursor);
        await RecordAsync(after, 9, 1);
        await back.UntilAsync(frame => frame.Type == "e" && frame[2].EnumerateArray().Any(item => item.GetProperty("epoch").GetGuid() != oldEpoch && item.GetProperty("sequence_id").GetInt64() == 9));

        var seen = back.Seen.Where(frame => frame.Type == "e").SelectMany(frame => frame[2].EnumerateArray())
            .Select(item => (Epoch: item.GetProperty("epoch").GetGuid(), Sequence: item.GetProperty("sequence_id").GetInt64())).ToArray();
        seen.Where(item => item.Epoch == oldEpoch).Select(item => item.Sequence).ShouldBe(Enumerable.Range(6, 20).Select(n => (long)n));
        seen.Where(item => item.Epoch != oldEpoch).Select(item => item.Sequence).ShouldBe(Enumerable.Range(1, 9).Select(n => (long)n));
        back.Seen.ShouldNotContain(frame => frame.Type == "g");
    }

    [Fact]
    public async Task A_long_outage_of_the_store_is_caught_up_from_the_spool_whole()
    {
        using var data = new DataDirectory();
        await using var server = await TestServer.StartAsync(data.WithCorruptStore());
        var cursor = await CursorBehindAsync(server, 1);

        // More bytes than one read of the spool returns, and more than one page of events.
        for (var from = 2; from <= 1_501; from += 100)
        {
            await RecordAsync(server, from, 100, filler: 4_000);
        }

        await using var back = await LiveClient.ConnectAsync(server, since: cursor);
        await back.UntilSequenceAsync(1_501);

        ShouldHaveExactly(back, 2, 1_501);
    }

    [Fact]
    public async Task What_could_not_be_told_at_once_is_read_from_the_log_and_told_in_order()
    {
        await using var server = await TestServer.StartAsync();
        await using var watcher = await LiveClient.GreetedAsync(server);
        await RecordAsync(server, 1, 2);

        // Durable and not announced, as happens to a batch that finds the broadcaster's queue full.
        await server.Node.Parts.Spool.AppendAsync(SpoolAppend.Of(Unannounced(count: 3), Unannounced(count: 1)), Deadline.Token());
        await RecordAsync(server, 7, 2);
        await watcher.UntilSequenceAsync(8);

        ShouldHaveExactly(watcher, 1, 8);
        watcher.Cursor.ShouldBe(LiveCursor.Encode(LivePositions.Of(server.Node.Parts.Spool.SpoolId, 8)));
    }

    [Fact]
    public async Task What_a_watcher_has_from_another_node_before_this_one_has_told_it_is_not_sent_again()
    {
        await using var server = await TestServer.StartAsync();
        await RecordAsync(server, 1, 2);

        // Recorded here and not told yet; another node has read it from the store meanwhile.
        await server.Node.Parts.Spool.AppendAsync(SpoolAppend.Of(Unannounced(count: 3)), Deadline.Token());
        await using var watcher = await LiveClient.GreetedAsync(server, since: LiveCursor.Encode(LivePositions.Of(server.Node.Parts.Spool.SpoolId, 5)));
        await RecordAsync(server, 6, 2);
        await watcher.UntilSequenceAsync(7);

        watcher.Sequences.ShouldBe([6, 7]);
    }

    [Fact]
    public async Task A_cursor_ahead_of_the_log_gets_what_comes_next()
    {
        await using var server = await TestServer.StartAsync();
        await RecordAsync(server, 1, 3);

        await using var watcher = await LiveClient.GreetedAsync(server, since: LiveCursor.Encode(LivePositions.Of(server.Node.Parts.Spool.SpoolId, 1_000)));
        await RecordAsync(server, 4, 2);
        await watcher.UntilSequenceAsync(5);

        watcher.Sequences.ShouldBe([4, 5]);
    }

    [Fact]
    public async Task A_cursor_that_names_many_nodes_is_taken()
    {
        await using var server = await TestServer.StartAsync();
        await RecordAsync(server, 1, 3);
        var bytes = new byte[24 * 64];
        server.Node.Parts.Spool.SpoolId.TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(16), 1);
        for (var node = 1; node < 64; node++)
        {
            Guid.NewGuid().TryWriteBytes(bytes.AsSpan(node * 24), bigEndian: true, out _);
        }

        await using var watcher = await LiveClient.ConnectAsync(server, since: Base64Url.EncodeToString(bytes));
        await watcher.UntilSequenceAsync(3);

        watcher.Sequences.ShouldBe([2, 3]);
    }

    /// <summary>Records so many events and returns the cursor of a watcher that saw them.</summary>
    private static async Task<string?> CursorBehindAsync(TestServer server, int count)
    {
        await using var watcher = await LiveClient.GreetedAsync(server);
        await RecordAsync(server, 1, count);
        await watcher.UntilSequenceAsync(count);
        return watcher.Cursor;
    }

    private static async Task RecordAsync(TestServer server, int from, int count, int filler = 0)
    {
        var padding = new string('x', filler);
        var events = Enumerable.Range(from, count).Select(n => $$"""{"event_type":"catch.up","data":{"n":{{n}},"filler":"{{padding}}"} }""");
        (await server.PostAsync($"[{string.Join(',', events)}]")).Status.ShouldBe(202);
    }

    private static SpoolEntry Unannounced(int count)
    {
        var payload = new ArrayBufferWriter<byte>();
        for (var i = 0; i < count; i++)
        {
            EventCodec.Write(payload, new EventRow
            {
                Id = Guid.CreateVersion7(),
                ClientId = false,
                TimestampMicroseconds = UnixMicroseconds.From(TimeProvider.System.GetUtcNow()),
                Category = EventCategory.System,
                EventType = "catch.up"u8.ToArray(),
                Source = "test"u8.ToArray(),
                Data = """{"n":0}"""u8.ToArray(),
                Metadata = "{}"u8.ToArray(),
            });
        }

        return new SpoolEntry(SpoolKind.Event, EventCodec.Version, count, payload.WrittenMemory);
    }

    private static void ShouldHaveExactly(LiveClient watcher, int from, int to)
    {
        watcher.Sequences.ShouldBe(Enumerable.Range(from, to - from + 1).Select(n => (long)n));
        watcher.Seen.ShouldNotContain(frame => frame.Type == "g");
    }
}
