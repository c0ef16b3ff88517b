using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests;

/// <summary>What every store promises of replaying: leases, attempts, and rows that are stored as if they came with their batch.</summary>
public abstract partial class TelemetryStoreConformance
{
    [Fact]
    public async Task A_recovered_event_is_stored_as_if_it_had_come_with_its_batch()
    {
        var bad = Batches.Event("order.placed", source: "shop", data: "[]");
        await Write(Batches.OfEvents(4, 41, Batches.Event(), bad, Batches.Event()));
        var letter = await OnlyLetter();
        await Mend(letter.Id);
        Time.Advance(TimeSpan.FromHours(3));

        var outcome = (await Letters.ReplayAsync(ByHand(letter.Id), CancellationToken.None)).ShouldHaveSingleItem();

        outcome.ShouldBe(new ReplayOutcome(letter.Id, ReplayResult.Recovered));
        var stored = await Store.ReadEventsAfterAsync(SpoolId, 0, 10, CancellationToken.None);
        stored.Select(e => e.SequenceId).ShouldBe([41, 42, 43]);
        (stored[1].EventId, stored[1].ReceivedAt, stored[1].DataJson).ShouldBe((bad.Id, Noon, """{"mended":true}"""));
        var after = await Letter(letter.Id);
        (after.Status, after.RecoveredAt, after.LastRetryAt, after.NextRetryAt, after.RetryCount)
            .ShouldBe((DeadLetterStatus.Recovered, Noon.AddHours(3), Noon.AddHours(3), null, 1));
        (await Totals()).Events.ShouldBe(new StoreCounts(Stored: 3, DeadLettered: 0, Duplicates: 0, Discarded: 0, Lost: 0));
    }

    [Fact]
    public async Task A_recovered_sample_is_in_the_chart_beside_its_neighbours()
    {
        var series = Batches.Series();
        await Write(Batches.OfSamples(1, Batches.Sample(series, 0, 1), Batches.Sample(series, 1, double.NaN), Batches.Sample(series, 2, 3)));
        var letter = await OnlyLetter();
        var sample = Batches.Sample(series, 1, 2);
        var bytes = SampleCodec.Encode([sample]);
        await Letters.EditAsync(new DeadLetterEdit(letter.Id, letter.Version, bytes, SampleCodec.Version, DeadLetterPayload.Of(sample, bytes)), CancellationToken.None);

        var outcome = (await Letters.ReplayAsync(ByHand(letter.Id), CancellationToken.None)).ShouldHaveSingleItem();

        outcome.Result.ShouldBe(ReplayResult.Recovered);
        (await Points(Ask(10, 1))).Select(point => point.Value).ShouldBe([1, 2, 3]);
        (await Totals()).Samples.ShouldBe(new StoreCounts(Stored: 3, DeadLettered: 0, Duplicates: 0, Discarded: 0, Lost: 0));
    }

    [Fact]
    public async Task A_recovered_sample_of_a_series_that_was_never_stored_brings_its_series()
    {
        var series = Batches.Series("new.series");
        await Write(Batches.OfSamples(1, Batches.Sample(Batches.Series(new string('x', 256)), 1, 1)));
        var letter = await OnlyLetter();
        var sample = Batches.Sample(series, 1, 2);
        var bytes = SampleCodec.Encode([sample]);
        await Letters.EditAsync(new DeadLetterEdit(letter.Id, letter.Version, bytes, SampleCodec.Version, DeadLetterPayload.Of(sample, bytes)), CancellationToken.None);

        await Letters.ReplayAsync(ByHand(letter.Id), CancellationToken.None);
        var again = await Write(Batches.OfSamples(2, Batches.Sample(series, 2, 3)));

        again.SamplesStored.ShouldBe(1);
        (await Points(Ask(10, 1) with { Name = "new.series" })).Select(point => point.Value).ShouldBe([2, 3]);
    }

    [Fact]
    public async Task What_was_stored_meanwhile_under_the_same_id_is_recognised_and_not_stored_twice()
    {
        var id = Guid.NewGuid();
        await Write(Batches.OfEvents(1, 1, Batches.Event(id: id, data: "[]")));
        await Write(Batches.OfEvents(2, 2, Batches.Event(id: id)));
        var letter = await OnlyLetter();
        await Mend(letter.Id);

        var outcome = (await Letters.ReplayAsync(ByHand(letter.Id), CancellationToken.None)).ShouldHaveSingleItem();

        outcome.Result.ShouldBe(ReplayResult.Recovered);
        (await Events()).Count.ShouldBe(1);
        (await Totals()).Events.ShouldBe(new StoreCounts(Stored: 1, DeadLettered: 0, Duplicates: 1, Discarded: 0, Lost: 0));
    }

    [Fact]
    public async Task What_is_refused_again_waits_for_its_next_attempt_with_the_new_reason()
    {
        await WriteBadEvents(1);
        var letter = await OnlyLetter();
        await Edit(letter, Batches.Event(type: new string('x', 51)));
        Time.Advance(TimeSpan.FromMinutes(5));

        var outcome = (await Letters.ReplayAsync(ByHand(letter.Id), CancellationToken.None)).ShouldHaveSingleItem();

        var after = await Letter(letter.Id);
        outcome.ShouldBe(new ReplayOutcome(letter.Id, ReplayResult.Refused, after.Refusal));
        after.Refusal.Reason.ShouldNotBe(letter.Refusal.Reason);
        after.Fingerprint.ShouldNotBe(letter.Fingerprint);
        (after.Status, after.RetryCount, after.LastRetryAt, after.NextRetryAt)
            .ShouldBe((DeadLetterStatus.Pending, 1, Noon.AddMinutes(5), Noon.AddMinutes(5) + RetryDelay));
        (await Totals()).Events.ShouldBe(new StoreCounts(Stored: 0, DeadLettered: 1, Duplicates: 0, Discarded: 0, Lost: 0));
    }

    [Fact]
    public async Task A_letter_fails_at_its_limit_and_never_counts_beyond_it()
    {
        await WriteBadEvents(1);
        var id = (await OnlyLetter()).Id;

        var results = new List<ReplayResult>();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Time.Advance(RetryDelay);
            var claimed = await Letters.ClaimAsync(Claim($"worker/{attempt}"), CancellationToken.None);
            results.Add((await Letters.ReplayAsync(new ReplayOrder(claimed, $"worker/{attempt}", _ => RetryDelay), CancellationToken.None)).ShouldHaveSingleItem().Result);
        }

        results.ShouldBe([ReplayResult.Refused, ReplayResult.Refused, ReplayResult.Refused, ReplayResult.Refused, ReplayResult.Failed]);
        var letter = await Letter(id);
        (letter.Status, letter.RetryCount, letter.MaxRetries, letter.NextRetryAt).ShouldBe((DeadLetterStatus.Failed, 5, 5, null));
        Time.Advance(TimeSpan.FromDays(1));
        (await Letters.ClaimAsync(Claim("worker/6"), CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_person_may_give_a_letter_at_its_limit_one_attempt_more()
    {
        await WriteBadEvents(1);
        var id = (await OnlyLetter()).Id;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await Letters.ReplayAsync(ByHand(id), CancellationToken.None);
        }

        var outcome = (await Letters.ReplayAsync(ByHand(id), CancellationToken.None)).ShouldHaveSingleItem();

        (outcome.Result, outcome.LimitRaised).ShouldBe((ReplayResult.Failed, true));
        var letter = await Letter(id);
        (letter.RetryCount, letter.MaxRetries, letter.Status).ShouldBe((6, 6, DeadLetterStatus.Failed));
    }

    [Fact]
    public async Task A_letter_is_claimed_when_its_time_has_come_and_by_one_only()
    {
        await WriteBadEvents(3);

        var tooEarly = await Letters.ClaimAsync(Claim("a"), CancellationToken.None);
        Time.Advance(ReplayAttempts.FirstDelay);
        var first = await Letters.ClaimAsync(Claim("a", limit: 2), CancellationToken.None);
        var second = await Letters.ClaimAsync(Claim("b"), CancellationToken.None);
        var third = await Letters.ClaimAsync(Claim("c"), CancellationToken.None);

        tooEarly.ShouldBeEmpty();
        first.Count.ShouldBe(2);
        second.ShouldHaveSingleItem();
        first.Concat(second).Distinct().Count().ShouldBe(3);
        third.ShouldBeEmpty();
        var letter = await Letter(first[0]);
        (letter.Status, letter.LeasedBy, letter.LeaseUntil, letter.RetryCount)
            .ShouldBe((DeadLetterStatus.Retrying, "a", Time.GetUtcNow() + TimeSpan.FromMinutes(1), 0));
    }

    [Fact]
    public async Task An_expired_lease_gives_the_letter_to_the_next_and_a_late_answer_changes_nothing()
    {
        await WriteBadEvents(1);
        var id = (await OnlyLetter()).Id;
        Time.Advance(ReplayAttempts.FirstDelay);
        await Letters.ClaimAsync(Claim("slow"), CancellationToken.None);
        Time.Advance(TimeSpan.FromMinutes(1));

        var next = await Letters.ClaimAsync(Claim("next"), CancellationToken.None);
        var late = await Letters.ReplayAsync(new ReplayOrder([id], "slow", _ => RetryDelay), CancellationToken.None);
        var returned = await Letters.ReturnAsync("slow", CancellationToken.None);

        next.ShouldBe([id]);
        late.ShouldBe([new ReplayOutcome(id, ReplayResult.Skipped)]);
        returned.ShouldBe(0);
        (await Letter(id)).LeasedBy.ShouldBe("next");
    }

    [Fact]
    public async Task What_is_returned_counts_no_attempt_and_is_due_as_before()
    {
        await WriteBadEvents(2);
        Time.Advance(ReplayAttempts.FirstDelay);
        var claimed = await Letters.ClaimAsync(Claim("a"), CancellationToken.None);

        var returned = await Letters.ReturnAsync("a", CancellationToken.None);

        returned.ShouldBe(2);
        var letter = await Letter(claimed[0]);
        (letter.Status, letter.RetryCount, letter.LeasedBy, letter.LeaseUntil).ShouldBe((DeadLetterStatus.Pending, 0, null, null));
        (await Letters.ClaimAsync(Claim("b"), CancellationToken.None)).ShouldBe(claimed);
    }

    [Fact]
    public async Task A_letter_that_a_worker_has_is_nobody_elses_to_replay_edit_or_discard()
    {
        await WriteBadEvents(1);
        var letter = await OnlyLetter();
        Time.Advance(ReplayAttempts.FirstDelay);
        await Letters.ClaimAsync(Claim("a"), CancellationToken.None);

        var replayed = await Letters.ReplayAsync(ByHand(letter.Id), CancellationToken.None);
        var edited = await Letters.EditAsync(new DeadLetterEdit(letter.Id, letter.Version, new byte[] { 1 }, 1, "{}"), CancellationToken.None);
        var discarded = await Letters.DiscardAsync([letter.Id], CancellationToken.None);

        replayed.ShouldBe([new ReplayOutcome(letter.Id, ReplayResult.Skipped)]);
        edited.ShouldBeNull();
        discarded.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_letter_of_a_replay_never_costs_its_neighbours()
    {
        await WriteBadEvents(3);
        var ids = await Letters.FindAsync(new DeadLetterFilter(), 3, CancellationToken.None);
        await Mend(ids[0]);
        await Mend(ids[2]);

        var outcomes = await Letters.ReplayAsync(ByHand([.. ids, 999]), CancellationToken.None);

        outcomes.Select(outcome => outcome.Result).ShouldBe([ReplayResult.Recovered, ReplayResult.Refused, ReplayResult.Recovered, ReplayResult.Skipped]);
        (await Events()).Count.ShouldBe(2);
        (await Totals()).Events.ShouldBe(new StoreCounts(Stored: 2, DeadLettered: 1, Duplicates: 0, Discarded: 0, Lost: 0));
    }

    [Fact]
    public async Task What_is_done_with_is_not_replayed_again()
    {
        await WriteBadEvents(2);
        var ids = await Letters.FindAsync(new DeadLetterFilter(), 2, CancellationToken.None);
        await Mend(ids[0]);
        await Letters.ReplayAsync(ByHand(ids[0]), CancellationToken.None);
        await Letters.DiscardAsync([ids[1]], CancellationToken.None);

        var outcomes = await Letters.ReplayAsync(ByHand([.. ids]), CancellationToken.None);

        outcomes.ShouldAllBe(outcome => outcome.Result == ReplayResult.Skipped);
        (await Events()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Two_at_once_store_one_letter_once()
    {
        await WriteBadEvents(10);
        var ids = await Letters.FindAsync(new DeadLetterFilter(), 10, CancellationToken.None);
        foreach (var id in ids)
        {
            await Mend(id);
        }

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () => await Letters.ReplayAsync(ByHand([.. ids]), CancellationToken.None))));

        outcomes.SelectMany(each => each).Count(outcome => outcome.Result == ReplayResult.Recovered).ShouldBe(10);
        (await Events()).Count.ShouldBe(10);
        (await Totals()).Events.ShouldBe(new StoreCounts(Stored: 10, DeadLettered: 0, Duplicates: 0, Discarded: 0, Lost: 0));
    }

    [Fact]
    public async Task A_letter_for_several_rows_is_decided_as_one()
    {
        var unknown = Batches.Encode([Batches.Event(), Batches.Event()]);
        var good = Batches.Encode([Batches.Event(), Batches.Event()]);
        await Write(new Spool.SpooledBatch(1, Spool.SpoolKind.Event, FormatVersion: 99, Count: 2, FirstSequence: 7, Noon, unknown));
        await Write(new Spool.SpooledBatch(2, Spool.SpoolKind.Event, EventCodec.Version, Count: 10, FirstSequence: 9, Noon, (byte[])[.. good, 1, 2, 3]));
        var ids = await Letters.FindAsync(new DeadLetterFilter(), 10, CancellationToken.None);

        var refused = await Letters.ReplayAsync(ByHand([.. ids]), CancellationToken.None);
        var letter = await Letter(ids[0]);
        await Letters.EditAsync(new DeadLetterEdit(letter.Id, letter.Version, letter.Payload, EventCodec.Version, letter.PayloadJson), CancellationToken.None);
        var recovered = await Letters.ReplayAsync(ByHand(ids[0]), CancellationToken.None);

        refused.ShouldAllBe(outcome => outcome.Result == ReplayResult.Refused);
        letter.FormatVersion.ShouldBe((byte)99, "a later program must not guess");
        recovered.ShouldHaveSingleItem().Result.ShouldBe(ReplayResult.Recovered);
        (await Store.ReadEventsAfterAsync(SpoolId, 0, 10, CancellationToken.None)).Select(e => e.SequenceId).ShouldBe([7, 8, 9, 10]);
        (await Totals()).Events.ShouldBe(new StoreCounts(Stored: 4, DeadLettered: 8, Duplicates: 0, Discarded: 0, Lost: 0));
    }

    private async Task Edit(DeadLetter letter, EventRow row)
    {
        var bytes = Batches.Encode([row]);
        var edited = await Letters.EditAsync(
            new DeadLetterEdit(letter.Id, letter.Version, bytes, EventCodec.Version, DeadLetterPayload.Of(row, bytes)), CancellationToken.None);
        edited.ShouldNotBeNull();
    }
}
