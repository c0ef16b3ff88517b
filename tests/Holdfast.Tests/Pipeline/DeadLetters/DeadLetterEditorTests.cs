using System.Text.Json.Nodes;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Pipeline.DeadLetters;

public class DeadLetterEditorTests
{
    private readonly IntakeRig _rig = new();

    [Fact]
    public void Members_are_changed_one_by_one_and_null_removes_one()
    {
        var letter = EventLetter("""{"event_type":"order.placed","source":"shop","data":{"a":1,"b":{"c":2,"d":3}}}""");

        var edited = Edit(letter, """{"data":{"a":null,"b":{"c":7}},"source":null}""");

        edited.Errors.ShouldBeEmpty();
        var row = Row(edited);
        IntakeRig.Text(row.Data).ShouldBe("""{"b":{"c":7,"d":3}}""");
        (IntakeRig.Text(row.EventType), IntakeRig.Text(row.Source)).ShouldBe(("order.placed", "unknown"));
    }

    [Fact]
    public void The_checksum_is_made_anew()
    {
        var letter = EventLetter("""{"event_type":"order.placed","data":{"a":1}}""");

        var edited = Edit(letter, """{"data":{"a":2}}""");

        edited.Errors.ShouldBeEmpty("the old checksum was over the old data");
        IntakeRig.Text(Row(edited).Metadata).ShouldContain("crc32c:");
        IntakeRig.Text(Row(edited).Metadata).ShouldNotBe(IntakeRig.Text(Row(letter).Metadata));
    }

    [Fact]
    public void An_id_that_the_intake_made_does_not_become_a_clients_choice()
    {
        var letter = EventLetter("""{"event_type":"order.placed","data":{}}""");
        var chosen = Guid.NewGuid();

        var kept = Row(Edit(letter, """{"data":{"a":2}}"""));
        var replaced = Row(Edit(letter, """{"event_type":"x","data":{}}""", whole: true));
        var written = Row(Edit(letter, $$"""{"event_id":"{{chosen}}"}"""));

        (kept.Id, kept.ClientId).ShouldBe((Row(letter).Id, false));
        (replaced.Id, replaced.ClientId).ShouldBe((Row(letter).Id, false));
        (written.Id, written.ClientId).ShouldBe((chosen, true));
    }

    [Fact]
    public void What_the_intake_would_reject_is_rejected_with_every_fault()
    {
        var letter = EventLetter("""{"event_type":"order.placed","data":{}}""");

        var edited = Edit(letter, """{"event_type":"","data":[],"category":"odd"}""");

        edited.Errors.Select(error => error.Field).ShouldBe(["event_type", "category", "data"], ignoreOrder: true);
    }

    [Fact]
    public void A_sample_keeps_its_kind_and_unit_and_gets_a_number()
    {
        var letter = SampleLetter(new Sample(SeriesDefinition.Create("jobs.done", """{"host":"a"}""", "{job}", SeriesKind.Counter), 1_000, double.NaN));

        var edited = Edit(letter, """{"value":17.5}""");

        edited.Errors.ShouldBeEmpty();
        var sample = SampleCodec.Read(edited.Payload).ShouldHaveSingleItem();
        (sample.Value, sample.TimestampMilliseconds, sample.Series.Kind, sample.Series.Unit, sample.Series.LabelsJson)
            .ShouldBe((17.5, 1_000, SeriesKind.Counter, "{job}", """{"host":"a"}"""));
    }

    [Fact]
    public void A_sample_is_judged_by_the_limits_of_series()
    {
        var letter = SampleLetter(new Sample(SeriesDefinition.Create("cpu", "{}", "1", SeriesKind.Gauge), 1_000, double.NaN));

        var edited = Edit(letter, """{"name":"","labels":{"a":1},"kind":"odd","value":"much","timestamp":1e300,"odd":1}""", whole: true);

        edited.Errors.Select(error => error.Field).ShouldBe(["odd", "kind", "labels", "name", "timestamp", "value"], ignoreOrder: true);
    }

    [Fact]
    public void What_is_shown_as_bytes_has_no_members()
    {
        var letter = EventLetter("""{"event_type":"order.placed","data":{}}""");

        DeadLetterEditor.HasMembers(letter).ShouldBeTrue();
        DeadLetterEditor.HasMembers(letter with { PayloadJson = DeadLetterPayload.OfBytes([1, 2]) }).ShouldBeFalse();
    }

    private EditedPayload Edit(DeadLetter letter, string written, bool whole = false) =>
        new DeadLetterEditor(_rig.Decoder, _rig.Clock).Read(letter, (JsonObject)JsonNode.Parse(written)!, whole);

    private DeadLetter EventLetter(string item)
    {
        var payload = _rig.Decode(item).Entries.ShouldHaveSingleItem().Payload;
        var at = 0;
        return Letter(SpoolKind.Event, payload, DeadLetterPayload.Of(EventCodec.ReadRow(payload, ref at), payload.Span));
    }

    private static DeadLetter SampleLetter(Sample sample)
    {
        var bytes = SampleCodec.Encode([sample]);
        return Letter(SpoolKind.Sample, bytes, DeadLetterPayload.Of(sample, bytes));
    }

    private static DeadLetter Letter(SpoolKind kind, ReadOnlyMemory<byte> payload, string json) => new()
    {
        Id = 1,
        Status = DeadLetterStatus.Pending,
        Kind = kind,
        RowCount = 1,
        PayloadJson = json,
        Payload = payload,
        FormatVersion = 1,
        SizeBytes = payload.Length,
        Refusal = new Refusal("refused", null, null, "no"),
        Fingerprint = "f",
        RetryCount = 0,
        MaxRetries = 5,
        CreatedAt = DateTimeOffset.UnixEpoch,
        SpoolId = Guid.Empty,
        BatchSeq = 1,
        Row = 0,
        ReceivedAt = DateTimeOffset.UnixEpoch,
    };

    private static EventRow Row(DeadLetter letter) => Row(letter.Payload);

    private static EventRow Row(EditedPayload edited) => Row(edited.Payload);

    private static EventRow Row(ReadOnlyMemory<byte> payload)
    {
        var at = 0;
        return EventCodec.ReadRow(payload, ref at);
    }
}
