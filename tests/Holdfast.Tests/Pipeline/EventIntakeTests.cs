using System.Text.Json.Nodes;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Pipeline;

public class EventIntakeTests
{
    private const string Good = """{"event_type":"order.created","data":{"id":1}}""";

    private readonly WatchingObserver _observer = new();
    private readonly IntakeRig _rig;

    public EventIntakeTests() => _rig = new IntakeRig(_observer);

    [Fact]
    public async Task Rows_and_validation_counts_of_a_request_become_durable_in_one_append()
    {
        _rig.Options = new IntakeOptions { BatchRowsMax = 2 };

        var result = await _rig.IngestAsync($"[{Good},{Good},{{}},{Good}]");

        result.Accepted.ShouldBe(3);
        result.Rejected.ShouldHaveSingleItem().Index.ShouldBe(2);
        var append = _rig.Spool.Appends.ShouldHaveSingleItem();
        append.Entries.Select(entry => entry.Count).ShouldBe([2, 1]);
        append.Validation.Sum(count => count.Total).ShouldBe(4);
        _rig.Metrics.Snapshot().TotalValidations.ShouldBe(4);
    }

    [Fact]
    public async Task Observers_hear_of_batches_with_their_positions_after_they_are_durable()
    {
        _rig.Options = new IntakeOptions { BatchRowsMax = 2 };

        await _rig.IngestAsync($"[{Good},{Good},{Good}]");

        _observer.Epoch.ShouldBe(_rig.Spool.SpoolId);
        _observer.Batches.Select(batch => (batch.Entry.Count, batch.Position.FirstSequence)).ShouldBe([(2, 1L), (1, 3L)]);
    }

    [Fact]
    public async Task An_observer_that_fails_does_not_take_back_the_acknowledgement()
    {
        _observer.Fault = new InvalidOperationException("watcher");

        var result = await _rig.IngestAsync(Good);

        result.Accepted.ShouldBe(1);
        _rig.Log.All.ShouldHaveSingleItem().ShouldContain(nameof(WatchingObserver));
    }

    [Fact]
    public async Task When_all_items_are_rejected_only_the_counts_are_appended()
    {
        var result = await _rig.IngestAsync("[{},{}]");

        result.Status.ShouldBe(IntakeStatus.Taken);
        result.Accepted.ShouldBe(0);
        var append = _rig.Spool.Appends.ShouldHaveSingleItem();
        append.Entries.ShouldBeEmpty();
        append.Validation.ShouldHaveSingleItem().Failed.ShouldBe(2);
        _observer.Batches.ShouldBeEmpty();
    }

    [Fact]
    public async Task In_strict_mode_a_bad_item_stores_nothing_but_the_counts()
    {
        _rig.Options = new IntakeOptions { Strict = true };

        var result = await _rig.IngestAsync($"[{Good},{{}}]");

        result.Status.ShouldBe(IntakeStatus.Refused);
        result.Problem.ShouldNotBeNull();
        _rig.Spool.Entries.ShouldBeEmpty();
        _rig.Spool.Appends.ShouldHaveSingleItem().Validation.Sum(count => count.Total).ShouldBe(2);
        _rig.Refusals.Snapshot().Events[RefusalReason.Invalid].ShouldBe(2);
    }

    [Theory]
    [InlineData("nonsense", IntakeStatus.Unreadable, RefusalReason.Unreadable)]
    [InlineData("[1,2,3]", IntakeStatus.TooLarge, RefusalReason.TooLarge)]
    internal async Task A_request_refused_as_a_whole_counts_as_one_and_touches_no_disk(string body, IntakeStatus status, RefusalReason reason)
    {
        _rig.Options = new IntakeOptions { EventsPerRequestMax = 2 };

        var result = await _rig.IngestAsync(body);

        result.Status.ShouldBe(status);
        _rig.Spool.Appends.ShouldBeEmpty();
        _rig.Refusals.Snapshot().Events[reason].ShouldBe(1);
    }

    [Fact]
    public async Task A_full_spool_is_the_callers_to_answer_and_counts_every_row()
    {
        _rig.Spool.Fault = new SpoolFullException("full", TimeSpan.FromSeconds(7));

        var refused = await Should.ThrowAsync<SpoolFullException>(async () => await _rig.IngestAsync($"[{Good},{Good},{{}}]"));

        refused.RetryAfter.ShouldBe(TimeSpan.FromSeconds(7));
        _rig.Refusals.Snapshot().Events[RefusalReason.SpoolFull].ShouldBe(2);
        _rig.Metrics.Snapshot().TotalValidations.ShouldBe(0);
        _observer.Batches.ShouldBeEmpty();
    }

    [Fact]
    public async Task Repeats_of_a_client_id_are_spooled_and_reported()
    {
        var id = Guid.NewGuid();
        var repeated = $$"""{"event_id":"{{id}}","event_type":"a","data":{} }""";

        var first = await _rig.IngestAsync($"[{repeated},{repeated},{Good}]");
        var second = await _rig.IngestAsync(repeated);

        (first.Accepted, first.Duplicates).ShouldBe((3, 1));
        (second.Accepted, second.Duplicates).ShouldBe((1, 1));
        IntakeRig.Rows(_rig.Spool.Entries).Count.ShouldBe(4);
    }

    [Fact]
    public async Task An_id_that_did_not_become_durable_is_no_repeat_when_it_comes_again()
    {
        var sent = $$"""{"event_id":"{{Guid.NewGuid()}}","event_type":"a","data":{} }""";
        _rig.Spool.Fault = new SpoolUnavailableException("disk", null);
        await Should.ThrowAsync<SpoolUnavailableException>(async () => await _rig.IngestAsync(sent));
        _rig.Spool.Fault = null;

        var result = await _rig.IngestAsync(sent);

        result.Duplicates.ShouldBe(0);
        _rig.Refusals.Snapshot().Events[RefusalReason.SpoolUnavailable].ShouldBe(1);
    }

    [Fact]
    public async Task A_single_object_is_answered_with_what_it_became()
    {
        await _rig.IngestAsync(Good);

        var result = await _rig.IngestAsync("""{"event_type":"a\u0062","data":{}}""", EventFormat.JsonObject);

        var accepted = result.Only.ShouldNotBeNull();
        accepted.EventType.ShouldBe("ab");
        accepted.Receipt.ShouldBe(new EventReceipt(IntakeRig.Rows(_rig.Spool.Entries)[1].Id, _rig.Spool.SpoolId, 2));
    }

    [Fact]
    public async Task An_application_records_an_event_and_gets_its_position()
    {
        var recorded = new MonitoringEvent
        {
            EventType = "order.failed",
            Data = new JsonObject { ["b"] = "\u2028 ä \"", ["a"] = 1.5 },
            Metadata = new JsonObject { ["correlation_id"] = "c" },
            Source = "shop",
            Category = EventCategory.Debug,
            EventId = Guid.NewGuid(),
            Timestamp = _rig.Clock.GetUtcNow().AddTicks(12_345_670).ToOffset(TimeSpan.FromHours(5)),
        };

        var receipt = await ((IEventIntake)_rig.Events).RecordAsync(recorded, TestContext.Current.CancellationToken);

        receipt.ShouldBe(new EventReceipt(recorded.EventId.Value, _rig.Spool.SpoolId, 1));
        var row = IntakeRig.Rows(_rig.Spool.Entries).ShouldHaveSingleItem();
        IntakeRig.Text(row.Data).ShouldBe("{\"a\":1.5,\"b\":\"\u2028 ä \\\"\"}");
        IntakeRig.Text(row.Source).ShouldBe("shop");
        row.Category.ShouldBe(EventCategory.Debug);
        row.TimestampMicroseconds.ShouldBe((recorded.Timestamp.Value.UtcTicks - DateTime.UnixEpoch.Ticks) / 10);
    }

    [Fact]
    public async Task An_application_hears_every_fault_of_its_event()
    {
        var bad = new MonitoringEvent { EventType = new string('x', 51), Source = new string('x', 101) };

        var rejected = await Should.ThrowAsync<EventRejectedException>(async () => await _rig.Events.RecordAsync(bad, TestContext.Current.CancellationToken));

        rejected.Errors.Select(error => error.Rule).ShouldBe(["event_type_format", "source_format"]);
        _rig.Spool.Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Data_that_json_cannot_say_is_a_fault_of_the_event()
    {
        var bad = new MonitoringEvent { EventType = "a", Data = new JsonObject { ["x"] = double.NaN } };

        var rejected = await Should.ThrowAsync<EventRejectedException>(async () => await _rig.Events.RecordAsync(bad, TestContext.Current.CancellationToken));

        rejected.Errors.ShouldHaveSingleItem().Field.ShouldBe("data");
    }

    [Theory]
    [InlineData(262_144)]
    [InlineData(20_000_000)]
    public async Task An_event_beyond_the_limits_is_rejected_for_its_size(int characters)
    {
        var bad = new MonitoringEvent { EventType = "a", Data = new JsonObject { ["x"] = new string('x', characters) } };

        var rejected = await Should.ThrowAsync<EventRejectedException>(async () => await _rig.Events.RecordAsync(bad, TestContext.Current.CancellationToken));

        rejected.Errors.ShouldHaveSingleItem().Rule.ShouldBe("size");
    }

    private sealed class WatchingObserver : IRecordedObserver
    {
        public Guid Epoch { get; private set; }

        public List<(SpoolEntry Entry, SpoolPosition Position)> Batches { get; } = [];

        public Exception? Fault { get; set; }

        public void OnEvents(Guid epoch, DateTimeOffset receivedAt, IReadOnlyList<(SpoolEntry Entry, SpoolPosition Position)> batches)
        {
            if (Fault is { } fault)
            {
                throw fault;
            }

            Epoch = epoch;
            Batches.AddRange(batches);
        }

        public void OnSamples(IReadOnlyList<Sample> samples)
        {
        }
    }
}
