using System.Text;
using System.Text.Json;
using Holdfast.Lifecycle;
using Holdfast.Monitoring;
using Holdfast.Realtime.Changes;
using Holdfast.Realtime.Wire;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Tests.Realtime;

/// <summary>Rows that were recorded, on their way to those whose filters they pass.</summary>
public sealed class RowChangesTests : IAsyncDisposable
{
    private readonly RealtimeRig _rig = new();
    private LoopHost? _host;

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _rig.Dispose();
    }

    [Fact]
    public async Task A_row_is_told_as_other_servers_tell_it()
    {
        var client = await ListenAsync("""{"event":"*","schema":"monitoring","table":"monitoring_events","select":["event_type","data"]}""");

        await TellAsync(Some.Told(1, 1));

        Told(client).ShouldBe([
            $$$"""[null,null,"realtime:a","postgres_changes",{"ids":[{{{Id(client)}}}],"data":{"schema":"monitoring","table":"monitoring_events","type":"INSERT","commit_timestamp":"2026-01-31T12:00:00.000Z","columns":[{"name":"id","type":"uuid"},{"name":"event_type","type":"text"},{"name":"data","type":"jsonb"}],"record":{"id":"00000001-0000-7000-8000-000000000001","event_type":"order.placed","data":{"n":1}},"errors":null}}]""",
        ]);
    }

    [Fact]
    public async Task All_columns_have_their_types_and_natural_values()
    {
        var client = await ListenAsync("""{"event":"INSERT","schema":"monitoring","table":"monitoring_events"}""");

        await TellAsync(Some.Told(7, 1));

        var data = JsonDocument.Parse(Told(client).Single()).RootElement[4].GetProperty("data");
        string.Join(' ', data.GetProperty("columns").EnumerateArray().Select(column => $"{column.GetProperty("name")}:{column.GetProperty("type")}"))
            .ShouldBe("id:uuid event_type:text timestamp:timestamptz source:text data:jsonb metadata:jsonb category:text epoch:uuid sequence_id:int8 received_at:timestamptz received_on:date");
        data.GetProperty("record").GetRawText().ShouldBe(
            """{"id":"00000007-0000-7000-8000-000000000001","event_type":"order.placed","timestamp":"2026-01-31T12:00:00+00:00","source":"test","data":{"n":7},"metadata":{},"category":"system","epoch":"00000000-0000-0000-0000-000000000000","sequence_id":7,"received_at":"2026-01-31T12:00:00+00:00","received_on":"2026-01-31"}""");
    }

    [Fact]
    public async Task Each_channel_gets_one_frame_with_the_entries_that_a_row_passes()
    {
        var client = await ListenAsync(
            """{"event":"*","schema":"monitoring","table":"monitoring_events","filter":"sequence_id=gt.2"}""",
            """{"event":"INSERT","schema":"*","filter_not":"x"}""",
            """{"event":"UPDATE","schema":"monitoring"}""",
            """{"event":"INSERT","schema":"monitoring","table":"monitoring_events","filter":"sequence_id=eq.3,source=eq.test"}""");

        await TellAsync(Some.Told(1, 3));

        Told(client).Select(frame => JsonDocument.Parse(frame).RootElement[4].GetProperty("ids").GetArrayLength()).ShouldBe([1, 1, 3]);
    }

    [Fact]
    public async Task What_nobody_wants_is_told_to_nobody()
    {
        var client = await ListenAsync("""{"event":"*","schema":"monitoring","table":"monitoring_events","filter":"event_type=eq.other"}""");

        await TellAsync(Some.Told(1, 100));

        Told(client).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_gap_is_told_to_those_who_might_have_wanted_what_is_in_it()
    {
        var client = await ListenAsync("""{"event":"*","schema":"monitoring"}""");
        var other = await _rig.JoinedAsync("realtime:b");

        await TellAsync(new GapUpdate(Guid.Empty, 1, 12, LivePositions.None));

        Told(client).ShouldBe(["""[null,null,"realtime:a","system",{"message":"12 messages did not arrive: they came too fast, or are not in the log any more","status":"error","extension":"postgres_changes","channel":"a"}]"""]);
        Told(other).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_comes_faster_than_it_can_be_judged_is_dropped_and_told()
    {
        var client = await ListenAsync("""{"event":"*","schema":"monitoring","table":"monitoring_events","filter":"sequence_id=eq.1"}""");
        var large = new Events(5 << 20);

        for (var updates = 0; updates < 5; updates++)
        {
            _rig.Server.Changes.Offer(new EventsUpdate(large, LivePositions.None));
        }

        await TellAsync(Some.Told(1, 1));

        var told = Told(client);
        told.Count(frame => frame.Contains("2 messages did not arrive", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_channel_that_was_left_costs_nothing_more()
    {
        var client = await ListenAsync("""{"event":"*","schema":"monitoring","table":"monitoring_events","filter":"source=eq.test"}""", """{"event":"*","schema":"monitoring"}""");
        _rig.Server.Changes.Bindings.ShouldBe(4); // one entry names three tables

        await client.PushAsync("6", "9", "realtime:a", "phx_leave", "{}");
        Told(client);
        await TellAsync(Some.Told(1, 1));

        _rig.Server.Changes.Bindings.ShouldBe(0);
        Told(client).ShouldBeEmpty();
    }

    [Fact]
    public async Task Channels_of_one_name_that_want_the_same_get_the_same_bytes()
    {
        const string Wanted = """{"event":"*","schema":"monitoring","table":"monitoring_events"}""";
        var (one, two) = (await ListenAsync(Wanted), await ListenAsync(Wanted));

        await TellAsync(Some.Told(1, 1));

        one.TakeFrames()[0].Bytes.ShouldBeSameAs(two.TakeFrames()[0].Bytes);
    }

    [Fact]
    public async Task A_client_of_old_is_told_the_kind_of_change_as_the_event()
    {
        var client = _rig.Connect(PhoenixSerializer.V1);
        await client.SendAsync("""{"topic":"realtime:monitoring:monitoring_events","event":"phx_join","payload":{},"ref":"1"}""");
        Told(client);

        await TellAsync(Some.Told(1, 1));

        Told(client).ShouldHaveSingleItem().ShouldStartWith("""{"topic":"realtime:monitoring:monitoring_events","event":"INSERT","payload":{"schema":"monitoring",""");
    }

    [Fact]
    public void Of_a_row_that_is_too_large_only_small_values_are_told()
    {
        var change = new RowChange(MonitoringTables.Events, ChangeType.Insert, Some.Instant, [.. MonitoringTables.RowsOf(Some.Published(1, 1)).Single().Values]);
        change.Values[4] = ColumnValue.Json($"\"{new string('x', 1 << 20)}\"");

        var data = Encoding.UTF8.GetString(ChangeFrames.Data(change, null));

        data.ShouldContain("\"errors\":[\"Error 413: Payload Too Large\"]");
        data.ShouldContain("\"event_type\":\"order.placed\"");
        data.Length.ShouldBeLessThan(2_000);
    }

    [Theory]
    [InlineData("Update", "\"record\":{\"id\":", "\"old_record\":{\"id\":\"00000001-0000-7000-8000-000000000001\"},\"errors\":null}")]
    [InlineData("Delete", "\"columns\":", "\"old_record\":{\"id\":\"00000001-0000-7000-8000-000000000001\"},\"errors\":null}")]
    public void Of_what_was_there_before_the_keys_are_told(string type, string contains, string end)
    {
        var row = MonitoringTables.RowsOf(Some.Published(1, 1)).Single();

        var data = Encoding.UTF8.GetString(ChangeFrames.Data(row with { Type = Enum.Parse<ChangeType>(type) }, null));

        data.ShouldContain(contains);
        data.ShouldEndWith(end);
        data.Contains("\"record\":", StringComparison.Ordinal).ShouldBe(type == "Update");
    }

    [Theory]
    [InlineData("""{"event":"*"}""", "No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: {\\\"event\\\":\\\"*\\\"}")]
    [InlineData("""{"schema":"monitoring","filter":"a=eq.1"}""", "No subscription params provided.")]
    [InlineData("""{"table":"monitoring_events"}""", "Please check Realtime is enabled for the given connect parameters: [event: *, schema: public, table: monitoring_events, filters: [], select: nil]")]
    [InlineData("""{"schema":"monitoring","table":"monitoring_events","filter":"x=foo.y"}""", "Error parsing `filter` params: [\\\"foo\\\", \\\"y\\\"]")]
    [InlineData("""{"schema":"monitoring","table":"monitoring_events","filter":"x=eq.y"}""", "Exception: invalid column for filter x")]
    [InlineData("""{"schema":"monitoring","table":"monitoring_events","select":"id"}""", "Error parsing `select` params: expected a list of column name strings")]
    [InlineData("""{"schema":"monitoring","select":["id"]}""", "Column selection is not supported for wildcard subscriptions.")]
    [InlineData("""{"schema":"monitoring","table":"monitoring_events","select":["secret"]}""", "Exception: invalid column for select secret")]
    public async Task What_cannot_be_listened_to_is_told_and_the_channel_lives(string entry, string fault)
    {
        var client = _rig.Connect();

        await client.JoinAsync(config: $$"""{"postgres_changes":[{{entry}},{"schema":"monitoring","table":"monitoring_events"}]}""");

        var told = Told(client);
        told[0].ShouldContain("\"status\":\"ok\"");
        told[1].ShouldContain(fault);
        told[1].ShouldContain("\"status\":\"error\",\"extension\":\"postgres_changes\"");
        (client.Connection.Channels, _rig.Server.Changes.Bindings).ShouldBe((1, 0));
    }

    private async Task<RealtimeClient> ListenAsync(params string[] entries)
    {
        var client = _rig.Connect();
        await client.JoinAsync(config: $$"""{"postgres_changes":[{{string.Join(',', entries)}}]}""");
        client.Take()[1].ShouldContain("Subscribed to PostgreSQL");
        return client;
    }

    /// <summary>Offers an update and waits until it, and everything before it, is judged.</summary>
    private async Task TellAsync(LiveUpdate update)
    {
        var end = _rig.Connect();
        await end.JoinAsync("realtime:end", """{"postgres_changes":[{"schema":"monitoring","table":"monitoring_events","filter":"sequence_id=eq.999999"}]}""");
        end.Take();
        _rig.Server.Changes.Offer(update);
        _rig.Server.Changes.Offer(Some.Told(999_999, 1));
        _host ??= Start();
        await end.Connection.Queue.TakeAsync(TestContext.Current.CancellationToken);
        end.Connection.Dispose();
    }

    /// <summary>What it was told, without the row at the end.</summary>
    private static List<string> Told(RealtimeClient client) => [.. client.Take().Where(frame => !frame.Contains("000f423f-", StringComparison.Ordinal))];

    private LoopHost Start()
    {
        var host = new LoopHost([_rig.Server.Changes], _rig.Time, NullLogger<LoopHost>.Instance);
        host.Start();
        return host;
    }

    private static int Id(RealtimeClient client)
    {
        client.ShouldNotBeNull();
        using var entry = JsonDocument.Parse("""{"event":"*","schema":"monitoring","table":"monitoring_events","select":["event_type","data"]}""");
        return ChangeBinding.IdOf(entry.RootElement);
    }

    private sealed class Events(long sizeBytes) : PublishedEvents(Guid.Empty, 100, 1, Some.Instant)
    {
        public override long SizeBytes => sizeBytes;

        public override long HeldBytes => SizeBytes;

        public override IEnumerable<Holdfast.Pipeline.StoredEvent> Last(int wanted) => [];

        public override IReadOnlyList<EventFrame> Encode(LivePositions at) => [];
    }
}
