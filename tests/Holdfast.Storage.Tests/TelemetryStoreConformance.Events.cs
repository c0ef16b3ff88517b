using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests;

public abstract partial class TelemetryStoreConformance
{
    [Fact]
    public async Task Events_come_newest_first_by_timestamp_and_not_by_arrival()
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event("b", at: Noon), Batches.Event("c", at: Noon.AddSeconds(1)), Batches.Event("a", at: Noon.AddSeconds(-1))));

        (await Events()).Select(e => e.EventType).ShouldBe(["c", "b", "a"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(500)]
    public async Task Pages_show_every_event_once_also_when_many_share_a_timestamp(int limit)
    {
        var rows = Enumerable.Range(0, 60).Select(i => Batches.Event(at: Noon.AddSeconds(i / 20))).ToList();
        await Write(Batches.OfEvents(1, 1, rows));

        var seen = await ReadAllPages(new EventQuery { Limit = limit });

        seen.Count.ShouldBe(60);
        seen.Select(e => e.SequenceId).ShouldBeUnique();
        seen.Select(e => e.Timestamp).ShouldBeInOrder(SortDirection.Descending);
    }

    [Fact]
    public async Task Events_of_one_instant_come_in_the_order_of_their_stream_newest_first()
    {
        await Write(Batches.OfEvents(1, 1, [.. Enumerable.Range(0, 10).Select(_ => Batches.Event())]));

        (await Events()).Select(e => e.SequenceId).ShouldBe([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    }

    [Fact]
    public async Task The_last_page_says_that_it_is_the_last()
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event(), Batches.Event()));

        var page = await Store.QueryEventsAsync(new EventQuery { Limit = 2 }, CancellationToken.None);

        page.Items.Count.ShouldBe(2);
        page.Next.ShouldBeNull();
    }

    [Fact]
    public async Task What_arrives_between_two_pages_does_not_disturb_them()
    {
        await Write(Batches.OfEvents(1, 1, [.. Enumerable.Range(0, 4).Select(i => Batches.Event($"old.{i}", at: Noon.AddSeconds(i)))]));
        var first = await Store.QueryEventsAsync(new EventQuery { Limit = 2 }, CancellationToken.None);

        await Write(Batches.OfEvents(2, 5, Batches.Event("new", at: Noon.AddSeconds(9))));
        var second = await Store.QueryEventsAsync(new EventQuery { Limit = 2, Before = first.Next }, CancellationToken.None);

        second.Items.Select(e => e.EventType).ShouldBe(["old.1", "old.0"]);
    }

    [Fact]
    public async Task Each_filter_alone_finds_what_it_names()
    {
        var wanted = Batches.Event(
            "payment.failed", Guid.NewGuid(), Noon.AddMinutes(5), "till", """{"card":"4711"}""", """{"correlation_id":"c-77"}""", EventCategory.Critical);
        await Write(Batches.OfEvents(1, 1, Batches.Event(), wanted, Batches.Event(metadata: """{"correlation_id":77}""")));

        foreach (var query in new EventQuery[]
                 {
                     new() { EventType = "payment.failed" },
                     new() { Source = "till" },
                     new() { Category = EventCategory.Critical },
                     new() { EventId = wanted.Id },
                     new() { CorrelationId = "c-77" },
                     new() { Since = Noon.AddMinutes(1) },
                     new() { Text = "4711" },
                     new() { EventType = "payment.failed", Source = "till", Category = EventCategory.Critical, Text = "CARD", EventId = wanted.Id, CorrelationId = "c-77" },
                 })
        {
            (await Events(query)).Select(e => e.EventType).ShouldBe(["payment.failed"], query.ToString());
        }
    }

    [Fact]
    public async Task Filters_that_do_not_all_hold_find_nothing()
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event("a", source: "x"), Batches.Event("b", source: "y")));

        (await Events(new EventQuery { EventType = "a", Source = "y" })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Since_is_within_and_until_is_not()
    {
        await Write(Batches.OfEvents(1, 1, [.. Enumerable.Range(0, 5).Select(i => Batches.Event($"e.{i}", at: Noon.AddSeconds(i)))]));

        var between = await Events(new EventQuery { Since = Noon.AddSeconds(1), Until = Noon.AddSeconds(3) });

        between.Select(e => e.EventType).ShouldBe(["e.2", "e.1"]);
    }

    [Theory]
    [InlineData("100%", "a")]
    [InlineData("under_score", "b")]
    [InlineData("back\\slash", "c")]
    [InlineData("PLACED", "order.placed")]
    [InlineData("Shop-7", "d")]
    [InlineData("'; DROP", "e")]
    public async Task Text_is_taken_literally_and_without_the_case_of_letters(string text, string expectedType)
    {
        await Write(Batches.OfEvents(
            1, 1,
            Batches.Event("a", data: """{"discount":"100%"}"""), Batches.Event("zz", data: """{"discount":"1000"}"""),
            Batches.Event("b", data: """{"name":"under_score"}"""), Batches.Event("zz", data: """{"name":"underXscore"}"""),
            Batches.Event("c", source: "back\\slash"), Batches.Event("order.placed", source: "-"),
            Batches.Event("d", source: "shop-7"), Batches.Event("e", data: """{"sql":"'; drop"}""")));

        (await Events(new EventQuery { Text = text })).Select(e => e.EventType).ShouldBe([expectedType]);
    }

    [Fact]
    public async Task Filters_hold_on_every_page()
    {
        var rows = Enumerable.Range(0, 50).Select(i => Batches.Event(i % 2 == 0 ? "even" : "odd", at: Noon.AddSeconds(i / 10))).ToList();
        await Write(Batches.OfEvents(1, 1, rows));

        var seen = await ReadAllPages(new EventQuery { EventType = "odd", Limit = 4, Since = Noon, Until = Noon.AddSeconds(4) });

        seen.Count.ShouldBe(20);
        seen.ShouldAllBe(e => e.EventType == "odd");
    }

    [Fact]
    public async Task A_page_of_large_events_ends_early_and_the_next_goes_on_where_it_ended()
    {
        var large = $$"""{"text":"{{new string('ü', 500_000)}}"}""";
        await Write(Batches.OfEvents(1, 1, [.. Enumerable.Range(0, 10).Select(i => Batches.Event($"large.{i}", at: Noon.AddSeconds(i), data: large))]));

        var first = await Store.QueryEventsAsync(new EventQuery { Limit = 500 }, CancellationToken.None);
        var second = await Store.QueryEventsAsync(new EventQuery { Limit = 500, Before = first.Next }, CancellationToken.None);

        first.Items.Select(e => e.EventType).ShouldBe(["large.9", "large.8", "large.7", "large.6", "large.5"]);
        second.Items.Select(e => e.EventType).ShouldBe(["large.4", "large.3", "large.2", "large.1", "large.0"]);
        second.Next.ShouldBeNull();
    }

    [Fact]
    public async Task A_watcher_catches_up_in_pages_that_are_bounded_by_bytes()
    {
        var megabyte = $$"""{"text":"{{new string('x', 1 << 20)}}"}""";
        for (var n = 1; n <= 6; n++)
        {
            await Write(Batches.OfEvents(n, n, Batches.Event($"large.{n}", data: megabyte)));
        }

        var first = await Store.ReadEventsAfterAsync(SpoolId, 0, 5_000, CancellationToken.None);
        var second = await Store.ReadEventsAfterAsync(SpoolId, first[^1].SequenceId, 5_000, CancellationToken.None);

        first.Select(e => e.SequenceId).ShouldBe([1, 2, 3, 4]);
        second.Select(e => e.SequenceId).ShouldBe([5, 6]);
    }

    [Fact]
    public async Task A_watcher_catches_up_from_a_sequence_number_in_order()
    {
        await Write(Batches.OfEvents(2, 4, Batches.Event("d"), Batches.Event("e")));
        await Write(Batches.OfEvents(1, 1, Batches.Event("a"), Batches.Event("b"), Batches.Event("c")));
        await Write(Guid.NewGuid(), Batches.OfEvents(1, 1, Batches.Event("of another stream")));

        var all = await Store.ReadEventsAfterAsync(SpoolId, 0, 100, CancellationToken.None);
        var some = await Store.ReadEventsAfterAsync(SpoolId, 2, 2, CancellationToken.None);

        all.Select(e => e.EventType).ShouldBe(["a", "b", "c", "d", "e"]);
        some.Select(e => e.SequenceId).ShouldBe([3, 4]);
        (await Store.ReadEventsAfterAsync(SpoolId, 5, 100, CancellationToken.None)).ShouldBeEmpty();
        (await Store.ReadEventsAfterAsync(Guid.NewGuid(), 0, 100, CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_oldest_sequence_is_that_of_the_oldest_event_still_held()
    {
        var unknown = (await Store.ReadCoverageAsync(SpoolId, 0, 100, CancellationToken.None)).Oldest;
        await Write(Batches.OfEvents(1, 41, Batches.Event(data: "[]"), Batches.Event(), Batches.Event()));
        await Write(Guid.NewGuid(), Batches.OfEvents(1, 1, Batches.Event()));

        unknown.ShouldBeNull();
        (await Store.ReadCoverageAsync(SpoolId, 0, 100, CancellationToken.None)).Oldest.ShouldBe(42);
    }

    [Fact]
    public async Task A_number_without_an_event_is_unknown_only_where_nobody_can_say_what_became_of_it()
    {
        var id = Guid.NewGuid();
        await Write(Batches.OfEvents(1, 11, Batches.Event(id: id), Batches.Event(id: id), Batches.Event(data: "[]"), Batches.Event()));
        await Account.LoseAsync(Store, SpoolId, new LostRange(2, 2, 15, 16, 2, 0, "test", Noon));
        await Write(Batches.OfEvents(3, 17, Batches.Event()));
        await Write(Batches.OfEvents(5, 20, Batches.Event()));

        var coverage = await Store.ReadCoverageAsync(SpoolId, 5, 20, CancellationToken.None);

        (coverage.Oldest, coverage.SettledTo).ShouldBe((11L, 17L));
        coverage.Unknown(5, 20).ShouldBe([new(6, 10), new(15, 16), new(18, 20)]);
        (await Store.ReadCoverageAsync(SpoolId, 11, 14, CancellationToken.None)).Unknown(11, 14).ShouldBeEmpty("a repeat and a dead letter are accounted for");
        (await Store.ReadCoverageAsync(Guid.NewGuid(), 0, 3, CancellationToken.None)).Unknown(0, 3).ShouldBe([new(1, 3)]);
    }

    [Fact]
    public async Task A_loss_that_nobody_could_place_makes_every_number_without_an_event_unknown()
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event(), Batches.Event(data: "[]"), Batches.Event()));
        await Account.LoseAsync(Store, SpoolId, new LostRange(2, 3, null, null, 7, 0, "test", Noon));

        (await Store.ReadCoverageAsync(SpoolId, 0, 3, CancellationToken.None)).Unknown(0, 3).ShouldBe([new(1, 3)]);
    }

    [Fact]
    public async Task A_query_that_is_cancelled_ends()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.QueryEventsAsync(new EventQuery(), cancelled.Token));
    }

    private async Task<List<StoredEvent>> ReadAllPages(EventQuery query)
    {
        var seen = new List<StoredEvent>();
        for (var page = await Store.QueryEventsAsync(query, CancellationToken.None); ;)
        {
            seen.AddRange(page.Items);
            if (page.Next is null)
            {
                return seen;
            }

            page.Items.Count.ShouldBe(query.Limit);
            page = await Store.QueryEventsAsync(query with { Before = page.Next }, CancellationToken.None);
        }
    }
}
