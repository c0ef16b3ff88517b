using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests;

public abstract partial class TelemetryStoreConformance
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    public async Task Bad_rows_among_5000_are_dead_lettered_exactly_and_the_others_are_stored(int bad)
    {
        var badRows = Enumerable.Range(0, bad).Select(i => (i * 4_999 / Math.Max(1, bad - 1)) % 5_000).ToHashSet();
        var rows = Enumerable.Range(0, 5_000).Select(i => Batches.Event(data: badRows.Contains(i) ? "[1]" : $$"""{"n":{{i}}}""")).ToList();

        var result = await Write(Batches.OfEvents(1, 1, rows));

        result.EventsStored.ShouldBe(5_000 - badRows.Count);
        result.DeadLettered.ShouldBe(badRows.Count);
        ReadDeadLetters().Select(letter => letter.Row).ToHashSet().SetEquals(badRows).ShouldBeTrue();
        var stored = await Store.ReadEventsAfterAsync(SpoolId, 0, 5_000, CancellationToken.None);
        stored.Select(e => (int)e.SequenceId - 1).ToHashSet().Overlaps(badRows).ShouldBeFalse();
        stored.Count.ShouldBe(5_000 - badRows.Count);
    }

    public static TheoryData<string> RefusedEvents() => [.. BadEvents.Keys];

    private static readonly Dictionary<string, EventRow> BadEvents = new()
    {
        ["empty type"] = Batches.Event(type: ""),
        ["type of 51 characters"] = Batches.Event(type: new string('x', 51)),
        ["source of 101 characters"] = Batches.Event(source: new string('x', 101)),
        ["data is an array"] = Batches.Event(data: "[]"),
        ["data is not JSON"] = Batches.Event(data: "{oops"),
        ["data is empty"] = Batches.Event(data: ""),
        ["metadata is a number"] = Batches.Event(metadata: "1"),
        ["category is unknown"] = Batches.Event(category: (EventCategory)9),
        ["timestamp is outside the calendar"] = Batches.Event() with { TimestampMicroseconds = long.MaxValue },
        ["type is not UTF-8"] = Batches.Event() with { EventType = new byte[] { 0xC3, 0x28 } },
        ["data is not UTF-8"] = Batches.Event() with { Data = new byte[] { (byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}' } },
        ["type holds a NUL"] = Batches.Event(type: "a\0b"),
    };

    [Theory]
    [MemberData(nameof(RefusedEvents))]
    public async Task An_event_that_breaks_a_rule_of_the_schema_is_kept_as_a_dead_letter(string what)
    {
        var bad = BadEvents[what];

        var result = await Write(Batches.OfEvents(1, 1, Batches.Event(), bad, Batches.Event()));

        result.EventsStored.ShouldBe(2);
        result.DeadLettered.ShouldBe(1);
        var letter = ReadDeadLetters().ShouldHaveSingleItem();
        (letter.Kind, letter.BatchSeq, letter.Row, letter.RowCount).ShouldBe((SpoolKind.Event, 1, 1, 1));
        letter.Payload.ShouldBe(Batches.Encode([bad]));
        JsonDocument.Parse(letter.OriginalPayload).RootElement.ValueKind.ShouldBe(JsonValueKind.Object);
    }

    [Fact]
    public async Task Limits_count_characters_and_not_bytes()
    {
        var result = await Write(Batches.OfEvents(1, 1, Batches.Event(type: new string('ü', 50), source: string.Concat(Enumerable.Repeat("🧭", 100)))));

        result.EventsStored.ShouldBe(1);
    }

    [Fact]
    public async Task A_dead_letter_shows_the_event_as_JSON_where_it_is_JSON()
    {
        var id = Guid.NewGuid();

        await Write(Batches.OfEvents(1, 1, Batches.Event("", id, source: "shop", data: """{"a":1}""")));

        var payload = JsonDocument.Parse(ReadDeadLetters().ShouldHaveSingleItem().OriginalPayload).RootElement;
        payload.GetProperty("event_id").GetGuid().ShouldBe(id);
        payload.GetProperty("data").GetProperty("a").GetInt32().ShouldBe(1);
        payload.GetProperty("category").GetString().ShouldBe("system");
    }

    [Fact]
    public async Task A_dead_letter_shows_its_bytes_where_it_is_not_JSON()
    {
        var bad = Batches.Event(data: "{oops");

        await Write(Batches.OfEvents(1, 1, bad));

        var payload = JsonDocument.Parse(ReadDeadLetters().ShouldHaveSingleItem().OriginalPayload).RootElement;
        payload.GetProperty("encoding").GetString().ShouldBe("base64");
        payload.GetProperty("bytes").GetBytesFromBase64().ShouldBe(Batches.Encode([bad]));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public async Task A_sample_that_is_not_a_number_is_kept_as_a_dead_letter(double value)
    {
        var series = Batches.Series();

        var result = await Write(Batches.OfSamples(1, Batches.Sample(series, 0, 1), Batches.Sample(series, 1, value), Batches.Sample(series, 2, 3)));

        result.SamplesStored.ShouldBe(2);
        result.DeadLettered.ShouldBe(1);
        var letter = ReadDeadLetters().ShouldHaveSingleItem();
        (letter.Kind, letter.Row).ShouldBe((SpoolKind.Sample, 1));
        SampleCodec.Read(letter.Payload).ShouldHaveSingleItem().Value.ShouldBe(value);
        (await Totals()).Samples.ShouldBe(new StoreCounts(Stored: 2, DeadLettered: 1, Duplicates: 0, Discarded: 0, Lost: 0));
    }

    [Fact]
    public async Task Samples_of_a_series_that_cannot_be_stored_cost_the_others_nothing()
    {
        var bad = Batches.Series(name: new string('x', 256));

        var result = await Write(Batches.OfSamples(1, Batches.Sample(bad, 0, 1), Batches.Sample(Batches.Series(), 0, 2), Batches.Sample(bad, 1, 3)));

        result.SamplesStored.ShouldBe(1);
        ReadDeadLetters().Select(letter => letter.Row).ShouldBe([0, 2]);
    }

    [Fact]
    public async Task With_dead_lettering_switched_off_a_refused_row_is_parked_before_the_rest_is_committed()
    {
        var parked = new List<ParkedRow>();
        var bad = Batches.Event(data: "[]");
        var write = new StoreWrite(SpoolId, [Batches.OfEvents(1, 1, Batches.Event(), bad)], (rows, _) =>
        {
            parked.AddRange(rows);
            return ValueTask.CompletedTask;
        });

        var result = await Account.WriteAsync(Store, write);

        (result.EventsStored, result.Parked, result.DeadLettered).ShouldBe((1, 1, 0));
        var row = parked.ShouldHaveSingleItem();
        (row.BatchSeq, row.Row, row.Kind).ShouldBe((1, 1, SpoolKind.Event));
        row.Payload.ToArray().ShouldBe(Batches.Encode([bad]));
        ReadDeadLetters().ShouldBeEmpty();
        (await Totals()).Events.ShouldBe(new StoreCounts(Stored: 1, DeadLettered: 0, Duplicates: 0, Discarded: 0, Lost: 0));
    }

    [Fact]
    public async Task What_an_earlier_write_parked_of_batches_that_are_not_held_is_forgotten_before_anything_is_parked()
    {
        var told = new List<string>();
        await Write(Batches.OfEvents(1, 1, Batches.Event()));
        var write = new StoreWrite(SpoolId, [Batches.OfEvents(1, 1, Batches.Event()), Batches.OfEvents(2, 2, Batches.Event(data: "[]"))], (rows, _) =>
        {
            told.Add($"park {rows.Single().BatchSeq}");
            return ValueTask.CompletedTask;
        })
        {
            ForgetParkedAsync = (batches, _) =>
            {
                told.Add($"forget {string.Join(' ', batches)}");
                return ValueTask.CompletedTask;
            },
        };

        await Account.WriteAsync(Store, write);

        told.ShouldBe(["forget 2", "park 2"]);
    }

    [Fact]
    public async Task When_parking_fails_nothing_of_the_write_is_stored()
    {
        var write = new StoreWrite(
            SpoolId, [Batches.OfEvents(1, 1, Batches.Event(), Batches.Event(data: "[]"))], (_, _) => throw new SpoolUnavailableException("full", inner: null));

        await Should.ThrowAsync<SpoolUnavailableException>(async () => await Account.WriteAsync(Store, write));

        (await Events()).ShouldBeEmpty();
        (await Held()).Holds(1).ShouldBeFalse();
    }

    [Fact]
    public async Task What_cannot_be_decoded_from_some_row_on_is_one_dead_letter_for_all_those_rows()
    {
        var good = Batches.Encode([Batches.Event(), Batches.Event()]);
        var batch = new SpooledBatch(1, SpoolKind.Event, EventCodec.Version, Count: 10, FirstSequence: 1, Noon, (byte[])[.. good, 1, 2, 3]);

        var result = await Write(batch);

        (result.EventsStored, result.DeadLettered).ShouldBe((2, 8));
        var letter = ReadDeadLetters().ShouldHaveSingleItem();
        (letter.Row, letter.RowCount).ShouldBe((2, 8));
        letter.Payload.ShouldBe([1, 2, 3]);
        (await Totals()).Events.DeadLettered.ShouldBe(8);
    }

    [Fact]
    public async Task A_batch_that_ends_too_early_is_accounted_for_to_the_last_row()
    {
        var batch = Batches.OfEvents(1, 1, Batches.Event()) with { Count = 3 };

        var result = await Write(batch);

        (result.EventsStored + result.DeadLettered).ShouldBe(3);
    }

    [Fact]
    public async Task A_batch_that_holds_more_than_it_says_stores_what_it_says_and_keeps_the_rest()
    {
        var surplus = Batches.Event();
        var batch = Batches.OfEvents(1, 1, Batches.Event(), surplus) with { Count = 1 };

        var result = await Write(batch);

        (result.EventsStored, result.DeadLettered).ShouldBe((1, 0));
        ReadDeadLetters().ShouldHaveSingleItem().Payload.ShouldBe(Batches.Encode([surplus]));
    }

    [Fact]
    public async Task A_format_of_the_future_is_kept_and_not_guessed_at()
    {
        var events = Batches.OfEvents(1, 1, Batches.Event(), Batches.Event()) with { FormatVersion = 99 };
        var samples = Batches.OfSamples(2, Batches.Sample(Batches.Series(), 0, 1)) with { FormatVersion = 99 };

        var result = await Write(events, samples);

        result.DeadLettered.ShouldBe(3);
        ReadDeadLetters().Select(letter => letter.RowCount).ShouldBe([2, 1]);
    }
}
