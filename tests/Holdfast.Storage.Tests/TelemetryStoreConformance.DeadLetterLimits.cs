using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests;

/// <summary>What every store promises of editing, giving up and deleting letters.</summary>
public abstract partial class TelemetryStoreConformance
{
    private static readonly DeadLetterLimits Ample = new() { LettersMax = 1_000, BytesMax = 1 << 30 };

    [Fact]
    public async Task An_edit_replaces_what_the_editor_saw_and_leaves_the_rest()
    {
        await WriteBadEvents(1);
        var before = await OnlyLetter();

        var edited = await Mend(before.Id, """{"mended":"ü"}""");

        edited.ShouldBe(before with { Version = 2, Payload = edited.Payload, PayloadJson = edited.PayloadJson, SizeBytes = edited.Payload.Length });
        edited.PayloadJson.ShouldContain("mended");
        (await Letter(before.Id)).Payload.ToArray().ShouldBe(edited.Payload.ToArray());
    }

    [Fact]
    public async Task An_edit_of_what_somebody_else_has_edited_meanwhile_is_refused()
    {
        await WriteBadEvents(1);
        var seen = await OnlyLetter();
        await Mend(seen.Id);

        var second = await Letters.EditAsync(new DeadLetterEdit(seen.Id, seen.Version, new byte[] { 1 }, 1, "{}"), CancellationToken.None);
        var nobody = await Letters.EditAsync(new DeadLetterEdit(999, seen.Version, new byte[] { 1 }, 1, "{}"), CancellationToken.None);

        second.ShouldBeNull();
        nobody.ShouldBeNull();
        (await OnlyLetter()).PayloadJson.ShouldContain("mended");
    }

    [Fact]
    public async Task Each_edit_is_a_version_and_an_attempt_is_none()
    {
        await WriteBadEvents(2);
        var ids = await Letters.FindAsync(new DeadLetterFilter(), 2, CancellationToken.None);
        (await AllLetters()).ShouldAllBe(letter => letter.Version == 1);

        await Mend(ids[0], "[1]");
        await Letters.ReplayAsync(ByHand(ids[0]), CancellationToken.None);
        await Mend(ids[0], "[2]");

        (await Letter(ids[0])).ShouldSatisfyAllConditions(letter => letter.Version.ShouldBe(3), letter => letter.RetryCount.ShouldBe(1));
        (await AllLetters()).Single(letter => letter.Id == ids[0]).Version.ShouldBe(3, "the list knows it too");
        (await Letter(ids[1])).Version.ShouldBe(1);
    }

    [Fact]
    public async Task Of_two_who_write_the_same_the_second_is_told_all_the_same()
    {
        await WriteBadEvents(1);
        var seen = await OnlyLetter();
        var edit = new DeadLetterEdit(seen.Id, seen.Version, seen.Payload, seen.FormatVersion, seen.PayloadJson);

        var first = await Letters.EditAsync(edit, CancellationToken.None);
        var second = await Letters.EditAsync(edit, CancellationToken.None);

        first.ShouldNotBeNull().Version.ShouldBe(2);
        second.ShouldBeNull();
    }

    [Fact]
    public async Task An_edit_to_what_the_store_cannot_show_as_JSON_is_kept_all_the_same()
    {
        await WriteBadEvents(1);
        var letter = await OnlyLetter();

        await Mend(letter.Id, """{"nul":"\u0000"}""");

        System.Text.Json.JsonDocument.Parse((await OnlyLetter()).PayloadJson).RootElement.ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Object);
    }

    [Fact]
    public async Task A_discarded_letter_counts_as_discarded_once()
    {
        await WriteBadEvents(2);
        var ids = await Letters.FindAsync(new DeadLetterFilter(), 2, CancellationToken.None);

        var first = await Letters.DiscardAsync([ids[0], 999], CancellationToken.None);
        var second = await Letters.DiscardAsync([ids[0]], CancellationToken.None);

        (first, second.Count).ShouldSatisfyAllConditions(both => both.first.ShouldBe([ids[0]]), both => both.Item2.ShouldBe(0));
        (await Letter(ids[0])).ShouldSatisfyAllConditions(
            letter => letter.Status.ShouldBe(DeadLetterStatus.Discarded),
            letter => letter.NextRetryAt.ShouldBeNull());
        (await Totals()).Events.ShouldBe(new StoreCounts(Stored: 0, DeadLettered: 1, Duplicates: 0, Discarded: 1, Lost: 0));
    }

    [Fact]
    public async Task A_purge_spares_what_still_waits_unless_it_is_asked_for_by_name()
    {
        var (pending, failed, recovered, discarded) = await OneOfEach();
        Time.Advance(TimeSpan.FromDays(2));
        await WriteBadEvents(1, batchSeq: 2, firstSequence: 5);

        var done = await Letters.PurgeAsync(new DeadLetterPurge(Noon.AddDays(1), DeadLetterPurge.NotWaiting), CancellationToken.None);
        var afterwards = (await AllLetters()).Select(letter => letter.Id).ToArray();
        var waiting = await Letters.PurgeAsync(new DeadLetterPurge(Noon.AddDays(1), [DeadLetterStatus.Pending]), CancellationToken.None);

        done.ShouldBe(new DeadLetterPurged(3, RowsDiscarded: 1, More: false), "the one that had failed was still owed");
        afterwards.ShouldContain(pending);
        afterwards.ShouldNotContain(failed);
        afterwards.ShouldNotContain(recovered);
        afterwards.ShouldNotContain(discarded);
        waiting.ShouldBe(new DeadLetterPurged(1, RowsDiscarded: 1, More: false));
        (await AllLetters()).ShouldHaveSingleItem().BatchSeq.ShouldBe(2);
        (await Totals()).Events.ShouldBe(new StoreCounts(Stored: 1, DeadLettered: 1, Duplicates: 0, Discarded: 3, Lost: 0));
    }

    [Fact]
    public async Task What_a_purge_would_delete_is_what_it_deletes()
    {
        await OneOfEach();
        await Write(Batches.OfEvents(2, 5, Batches.Event()) with { Count = 4 });
        Time.Advance(ReplayAttempts.FirstDelay);
        await Letters.ClaimAsync(Claim("a", limit: 1), CancellationToken.None);
        Time.Advance(TimeSpan.FromSeconds(1));
        await Write(Batches.OfEvents(3, 9, Batches.Event(data: "[]")));
        var purge = new DeadLetterPurge(Time.GetUtcNow(), DeadLetterPurge.Any);

        var all = await Letters.CountPurgeableAsync(purge, CancellationToken.None);
        var failed = await Letters.CountPurgeableAsync(purge with { Statuses = [DeadLetterStatus.Failed] }, CancellationToken.None);
        var purged = await Letters.PurgeAsync(purge, CancellationToken.None);

        all.ShouldBe(
        [
            new DeadLetterPurgeable(DeadLetterStatus.Pending, 1, 3), new DeadLetterPurgeable(DeadLetterStatus.Recovered, 1, 1),
            new DeadLetterPurgeable(DeadLetterStatus.Failed, 1, 1), new DeadLetterPurgeable(DeadLetterStatus.Discarded, 1, 1),
        ]);
        failed.ShouldBe([new DeadLetterPurgeable(DeadLetterStatus.Failed, 1, 1)]);
        purged.ShouldBe(new DeadLetterPurged(all.Sum(count => count.Letters), all.Sum(count => count.RowsOwed), More: false));
        (await Letters.CountPurgeableAsync(purge, CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Dead_letters_past_their_keep_time_count_as_discarded()
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event(data: "[]"), Batches.Event()));
        await Write(Batches.OfSamples(2, Batches.Sample(Batches.Series(), 0, double.NaN)));
        await Write(Batches.OfEvents(3, 3, Batches.Event()) with { Count = 4 });
        Time.Advance(TimeSpan.FromDays(20));
        await Write(Batches.OfEvents(4, 7, Batches.Event(data: "[]")));
        Time.Advance(TimeSpan.FromDays(11));

        var purged = await Letters.PurgeAsync(new DeadLetterPurge(Noon.AddDays(1), DeadLetterPurge.Any), CancellationToken.None);

        (purged.Letters, purged.RowsDiscarded, purged.More).ShouldBe((3, 5, false));
        var totals = await Totals();
        (totals.Events.DeadLettered, totals.Events.Discarded).ShouldBe((1, 4));
        (totals.Samples.DeadLettered, totals.Samples.Discarded).ShouldBe((0, 1));
        ReadDeadLetters().ShouldHaveSingleItem().BatchSeq.ShouldBe(4);
    }

    [Fact]
    public async Task Within_the_limits_nothing_goes()
    {
        await OneOfEach();

        var purged = await Letters.TrimAsync(Ample, CancellationToken.None);

        purged.ShouldBe(default);
        (await AllLetters()).Count.ShouldBe(4);
    }

    [Fact]
    public async Task Over_the_size_limit_what_is_done_with_goes_first_then_what_has_failed()
    {
        var (pending, failed, recovered, discarded) = await OneOfEach();

        var first = await Letters.TrimAsync(Ample with { LettersMax = 3 }, CancellationToken.None);
        var afterFirst = (await AllLetters()).Select(letter => letter.Id).Order().ToArray();
        var second = await Letters.TrimAsync(Ample with { LettersMax = 1 }, CancellationToken.None);

        first.ShouldBe(new DeadLetterPurged(1, RowsDiscarded: 0, More: false));
        afterFirst.ShouldBe(new[] { pending, failed, Math.Max(recovered, discarded) }.Order());
        second.ShouldBe(new DeadLetterPurged(2, RowsDiscarded: 1, More: false));
        (await AllLetters()).ShouldHaveSingleItem().Id.ShouldBe(pending);
    }

    [Fact]
    public async Task What_still_waits_goes_only_over_the_hard_limit_the_oldest_first_and_counted()
    {
        await WriteBadEvents(10);
        var ids = await Letters.FindAsync(new DeadLetterFilter(), 10, CancellationToken.None);

        var soft = await Letters.TrimAsync(Ample with { LettersMax = 8 }, CancellationToken.None);
        var hard = await Letters.TrimAsync(Ample with { LettersMax = 4 }, CancellationToken.None);

        soft.ShouldBe(default, "10 is no more than a quarter above 8");
        hard.ShouldBe(new DeadLetterPurged(5, RowsDiscarded: 5, More: false));
        (await Letters.FindAsync(new DeadLetterFilter(), 10, CancellationToken.None)).ShouldBe(ids.Skip(5));
        (await Totals()).Events.ShouldBe(new StoreCounts(Stored: 0, DeadLettered: 5, Duplicates: 0, Discarded: 5, Lost: 0));
    }

    [Fact]
    public async Task The_limit_of_bytes_holds_like_that_of_letters()
    {
        await WriteBadEvents(10);
        var bytes = (await Letters.CountAsync(CancellationToken.None)).SizeBytes;

        await Letters.TrimAsync(Ample with { BytesMax = bytes * 4 / 10 }, CancellationToken.None);

        (await AllLetters()).Count.ShouldBe(5);
    }

    [Fact]
    public async Task An_edit_and_its_entry_in_the_audit_are_one()
    {
        await WriteBadEvents(1);
        var letter = await OnlyLetter();
        var entry = new AuditEntry
        {
            AuditId = Guid.NewGuid(),
            At = Noon,
            Actor = "local",
            Action = "dead_letter.edit",
            Target = $"{letter.Id}",
            DetailsJson = """{"before":[]}""",
        };

        await Letters.EditAsync(new DeadLetterEdit(letter.Id, letter.Version + 1, new byte[] { 1 }, 1, "{}") { Audit = entry }, CancellationToken.None);
        var refused = (await Store.ReadAuditAsync(new AuditQuery { Limit = 10 }, CancellationToken.None)).Items;
        await Letters.EditAsync(new DeadLetterEdit(letter.Id, letter.Version, new byte[] { 1 }, 1, "{}") { Audit = entry }, CancellationToken.None);

        refused.ShouldBeEmpty();
        (await Store.ReadAuditAsync(new AuditQuery { Limit = 10 }, CancellationToken.None)).Items.ShouldBe([entry]);
    }

    [Fact]
    public async Task A_letter_that_a_worker_has_outlives_every_limit()
    {
        await WriteBadEvents(2);
        Time.Advance(TimeSpan.FromDays(40));
        var held = await Letters.ClaimAsync(Claim("a", limit: 1), CancellationToken.None);

        await Letters.TrimAsync(Ample with { LettersMax = 0 }, CancellationToken.None);
        await Letters.PurgeAsync(new DeadLetterPurge(Time.GetUtcNow(), DeadLetterPurge.Any), CancellationToken.None);

        (await AllLetters()).ShouldHaveSingleItem().Id.ShouldBe(held[0]);
    }

    private async Task<(long Pending, long Failed, long Recovered, long Discarded)> OneOfEach()
    {
        await WriteBadEvents(4);
        var ids = await Letters.FindAsync(new DeadLetterFilter(), 4, CancellationToken.None);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await Letters.ReplayAsync(ByHand(ids[1]), CancellationToken.None);
        }

        await Mend(ids[2]);
        await Letters.ReplayAsync(ByHand(ids[2]), CancellationToken.None);
        await Letters.DiscardAsync([ids[3]], CancellationToken.None);
        return (ids[0], ids[1], ids[2], ids[3]);
    }
}
