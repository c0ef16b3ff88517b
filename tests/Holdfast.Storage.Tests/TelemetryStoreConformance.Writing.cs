using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests;

public abstract partial class TelemetryStoreConformance
{
    [Fact]
    public async Task Closing_it_twice_is_closing_it_once()
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event()));

        await Store.DisposeAsync();
        await Store.DisposeAsync();
        IsClosed = true;
    }

    [Fact]
    public async Task Opening_twice_is_harmless_and_shows_the_same_identity()
    {
        var first = await Store.OpenAsync(CancellationToken.None);

        var second = await Store.OpenAsync(CancellationToken.None);

        second.ShouldBe(first);
        first.StoreId.ShouldNotBe(Guid.Empty);
    }

    [Fact]
    public async Task An_event_comes_back_as_it_was_recorded()
    {
        var id = Guid.NewGuid();
        var at = Noon.AddTicks(-12_345_670);
        var row = Batches.Event(
            "order.failed", id, at, "checkout", """{"amount":1.5,"note":"ünïcode ✓ 🧭"}""", """{"correlation_id":"c-1"}""", EventCategory.Critical);

        var result = await Write(Batches.OfEvents(1, firstSequence: 7, row));

        result.EventsStored.ShouldBe(1);
        var stored = (await Events()).ShouldHaveSingleItem();
        stored.ShouldBe(new StoredEvent
        {
            EventId = id,
            EventType = "order.failed",
            Timestamp = at,
            Source = "checkout",
            DataJson = """{"amount":1.5,"note":"ünïcode ✓ 🧭"}""",
            MetadataJson = """{"correlation_id":"c-1"}""",
            Category = EventCategory.Critical,
            Epoch = SpoolId,
            SequenceId = 7,
            ReceivedAt = Noon,
        });
    }

    [Theory]
    [InlineData("""{"a":1e-7,"b":1.50,"c":[1E+21,{"d":-0,"e":-0.0}],"f":100,"g":-10.0}""")]
    [InlineData("""{"digest":"7e4-0","n":12345678901234567890123456789.10,"t":"\\u0000 \"1e5\""}""")]
    public async Task Numbers_come_back_as_they_were_written_so_that_checksums_hold(string data)
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event(data: data)));

        (await Events()).ShouldHaveSingleItem().DataJson.ShouldBe(data);
    }

    [Fact]
    public async Task An_empty_source_is_a_source()
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event(source: "")));

        (await Events()).ShouldHaveSingleItem().Source.ShouldBe("");
    }

    [Fact]
    public async Task Events_and_samples_of_several_batches_are_stored_in_one_write()
    {
        var result = await Write(
            Batches.OfEvents(1, 1, Batches.Event(), Batches.Event()),
            Batches.OfSamples(2, Batches.Sample(Batches.Series(), 0, 1)),
            Batches.OfEvents(3, 3, Batches.Event()));

        result.EventsStored.ShouldBe(3);
        result.SamplesStored.ShouldBe(1);
        result.AlreadyStored.ShouldBe(0);
        (await Events()).Select(e => e.SequenceId).ShouldBe([3, 2, 1]);
    }

    [Fact]
    public async Task A_batch_whose_answer_was_lost_is_recognised_when_it_comes_again()
    {
        var batch = Batches.OfEvents(1, 1, Batches.Event(), Batches.Event("", source: "refused"));
        await Write(batch);

        var again = await Write(batch);

        again.AlreadyStored.ShouldBe(1);
        again.EventsStored.ShouldBe(0);
        again.DeadLettered.ShouldBe(0);
        (await Events()).Count.ShouldBe(1);
        ReadDeadLetters().Count.ShouldBe(1);
        (await Totals()).Events.ShouldBe(new StoreCounts(Stored: 1, DeadLettered: 1, Duplicates: 0, Discarded: 0, Lost: 0));
    }

    [Fact]
    public async Task A_batch_that_comes_twice_in_one_write_is_stored_once()
    {
        var batch = Batches.OfEvents(1, 1, Batches.Event());

        var result = await Write(batch, batch);

        result.EventsStored.ShouldBe(1);
        result.AlreadyStored.ShouldBe(1);
    }

    [Fact]
    public async Task A_recognised_batch_does_not_keep_a_new_one_from_being_stored()
    {
        var first = Batches.OfEvents(1, 1, Batches.Event());
        await Write(first);

        var result = await Write(first, Batches.OfEvents(2, 2, Batches.Event()));

        result.EventsStored.ShouldBe(1);
        result.AlreadyStored.ShouldBe(1);
    }

    [Fact]
    public async Task Batches_of_two_spools_with_the_same_number_are_two_batches()
    {
        var other = Guid.NewGuid();
        await Write(Batches.OfEvents(1, 1, Batches.Event()));

        var result = await Write(other, Batches.OfEvents(1, 1, Batches.Event()));

        result.EventsStored.ShouldBe(1);
        (await Events()).Select(e => e.Epoch).Order().ShouldBe(new[] { SpoolId, other }.Order());
    }

    [Fact]
    public async Task An_id_that_a_client_sends_twice_in_a_batch_is_stored_once()
    {
        var id = Guid.NewGuid();

        var result = await Write(Batches.OfEvents(1, 1, Batches.Event("a", id), Batches.Event("b"), Batches.Event("c", id)));

        result.EventsStored.ShouldBe(2);
        result.Duplicates.ShouldBe(1);
        (await Events()).Select(e => e.EventType).Order().ShouldBe(["a", "b"]);
        (await Totals()).Events.Duplicates.ShouldBe(1);
    }

    [Fact]
    public async Task An_id_that_comes_again_in_another_batch_is_a_duplicate_whatever_its_timestamp()
    {
        var id = Guid.NewGuid();
        await Write(Batches.OfEvents(1, 1, Batches.Event(id: id, at: Noon.AddDays(-20))));

        var result = await Write(Batches.OfEvents(2, 2, Batches.Event(id: id, at: Noon)));

        result.Duplicates.ShouldBe(1);
        result.EventsStored.ShouldBe(0);
    }

    [Theory]
    [InlineData("2026-11-22T23:59:59Z", "2026-11-23T00:00:01Z")]
    [InlineData("2026-11-22T00:00:01Z", "2026-11-22T23:59:59Z")]
    [InlineData("2026-11-22T12:00:00Z", "2026-11-23T12:00:00Z")]
    public async Task An_id_is_remembered_for_24_hours_also_across_midnight(string first, string second)
    {
        var id = Guid.NewGuid();
        await Write(Batches.OfEvents(1, 1, At(first), Batches.Event(id: id)));

        var result = await Write(Batches.OfEvents(2, 2, At(second), Batches.Event(id: id)));

        result.Duplicates.ShouldBe(1);
    }

    [Fact]
    public async Task An_id_that_comes_again_much_later_is_a_new_event()
    {
        var id = Guid.NewGuid();
        await Write(Batches.OfEvents(1, 1, Noon, Batches.Event(id: id)));

        var result = await Write(Batches.OfEvents(2, 2, Noon + IdForgottenAfter, Batches.Event(id: id)));

        result.EventsStored.ShouldBe(1);
        (await Events(new EventQuery { EventId = id })).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_backlog_stored_after_newer_events_is_judged_by_when_it_was_received()
    {
        var id = Guid.NewGuid();
        await Write(Batches.OfEvents(2, 2, Noon, Batches.Event(id: id)));

        var result = await Write(Batches.OfEvents(1, 1, Noon.AddHours(-3), Batches.Event(id: id)));

        result.Duplicates.ShouldBe(1);
    }

    [Fact]
    public async Task Batches_that_are_not_telemetry_are_a_mistake_of_the_caller_and_nothing_is_stored()
    {
        var stray = new SpooledBatch(2, SpoolKind.RetryEnqueue, 1, 1, 0, Noon, new byte[] { 1 });

        await Should.ThrowAsync<ArgumentException>(async () => await Write(Batches.OfEvents(1, 1, Batches.Event()), stray));

        (await Events()).ShouldBeEmpty();
        (await Held()).ContiguousMark.ShouldBe(0);
    }

    private static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, null);
}
