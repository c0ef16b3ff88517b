using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests;

/// <summary>What every store promises of its dead letters: finding them.</summary>
public abstract partial class TelemetryStoreConformance
{
    private protected static readonly TimeSpan RetryDelay = TimeSpan.FromMinutes(10);

    private protected IDeadLetterStore Letters => Store.DeadLetters;

    [Fact]
    public async Task A_failed_operation_is_kept_with_everything_that_is_needed_to_try_it_again()
    {
        var bad = Batches.Event("order.placed", source: "shop", data: "[7]");

        await Write(Batches.OfEvents(5, 101, Batches.Event(), Batches.Event(), bad));

        var letter = await OnlyLetter();
        (letter.Status, letter.Kind, letter.RowCount, letter.RetryCount, letter.MaxRetries).ShouldBe((DeadLetterStatus.Pending, SpoolKind.Event, 1, 0, 5));
        (letter.SpoolId, letter.BatchSeq, letter.Row, letter.SequenceId).ShouldBe((SpoolId, 5, 2, 103));
        (letter.CreatedAt, letter.ReceivedAt, letter.NextRetryAt).ShouldBe((Noon, Noon, Noon + ReplayAttempts.FirstDelay));
        (letter.FormatVersion, letter.SizeBytes).ShouldBe((EventCodec.Version, letter.Payload.Length));
        letter.Payload.ToArray().ShouldBe(Batches.Encode([bad]));
        letter.Refusal.Reason.ShouldNotBeNullOrWhiteSpace();
        letter.Refusal.Code.ShouldNotBeNullOrWhiteSpace();
        letter.Fingerprint.ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public async Task Letters_are_listed_newest_first_page_by_page()
    {
        await WriteBadEvents(7);

        var pages = new List<IReadOnlyList<long>>();
        for (long? before = null; pages.Count == 0 || before is not null;)
        {
            var page = await Letters.ListAsync(new DeadLetterQuery { Limit = 3, BeforeId = before }, CancellationToken.None);
            pages.Add([.. page.Items.Select(letter => letter.Id)]);
            before = page.Next;
        }

        pages.Select(page => page.Count).ShouldBe([3, 3, 1]);
        pages.SelectMany(page => page).ShouldBeInOrder(SortDirection.Descending);
        pages.SelectMany(page => page).Distinct().Count().ShouldBe(7);
    }

    [Fact]
    public async Task A_page_of_large_letters_ends_early_and_says_that_there_is_more()
    {
        var large = $$"""["{{new string('x', 1 << 20)}}"]""";
        await Write(Batches.OfEvents(1, 1, [.. Enumerable.Range(0, 6).Select(_ => Batches.Event(data: large))]));

        var page = await Letters.ListAsync(new DeadLetterQuery { Limit = 6 }, CancellationToken.None);

        page.Items.Count.ShouldBe(4);
        page.Next.ShouldBe(page.Items[^1].Id);
    }

    [Fact]
    public async Task A_list_spares_the_bytes_and_a_single_letter_has_them()
    {
        await WriteBadEvents(1);

        var listed = (await AllLetters()).ShouldHaveSingleItem();
        var single = await Letters.GetAsync(listed.Id, CancellationToken.None);

        listed.Payload.Length.ShouldBe(0);
        single.ShouldNotBeNull().Payload.Length.ShouldBe((int)listed.SizeBytes);
        (await Letters.GetAsync(listed.Id + 1, CancellationToken.None)).ShouldBeNull();
    }

    public static TheoryData<string> LetterFilters() => [.. Filters.Keys];

    private static readonly Dictionary<string, Func<DeadLetter, DeadLetterFilter>> Filters = new()
    {
        ["status"] = _ => new DeadLetterFilter { Status = DeadLetterStatus.Pending, EventType = "wanted" },
        ["kind"] = _ => new DeadLetterFilter { Kind = SpoolKind.Event, Source = "here" },
        ["event type"] = _ => new DeadLetterFilter { EventType = "wanted" },
        ["source"] = _ => new DeadLetterFilter { Source = "here" },
        ["fingerprint"] = letter => new DeadLetterFilter { Fingerprint = letter.Fingerprint, EventType = "wanted" },
        ["code"] = letter => new DeadLetterFilter { Code = letter.Refusal.Code, EventType = "wanted" },
        ["correlation"] = _ => new DeadLetterFilter { CorrelationId = "c-1" },
        ["text in the payload, whatever its case"] = _ => new DeadLetterFilter { Text = "nEEdle%_" },
        ["text in the reason"] = letter => new DeadLetterFilter { Text = letter.Refusal.Reason, EventType = "wanted" },
        ["since"] = letter => new DeadLetterFilter { Since = letter.CreatedAt },
        ["all at once"] = letter => new DeadLetterFilter
        {
            Status = DeadLetterStatus.Pending,
            Kind = SpoolKind.Event,
            EventType = "wanted",
            Source = "here",
            Fingerprint = letter.Fingerprint,
            Code = letter.Refusal.Code,
            CorrelationId = "c-1",
            Text = "needle",
            Since = letter.CreatedAt,
            Until = letter.CreatedAt.AddSeconds(1),
        },
    };

    [Theory]
    [MemberData(nameof(LetterFilters))]
    public async Task Letters_are_found_by(string filter)
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event("other", data: "[1]"), Batches.Event(source: new string('x', 101))));
        await Write(Batches.OfSamples(2, Batches.Sample(Batches.Series(), 0, double.NaN)));
        Time.Advance(TimeSpan.FromHours(1));
        await Write(Batches.OfEvents(3, 3, Batches.Event("wanted", source: "here", data: """["a Needle%_"]""", metadata: """{"correlation_id":"c-1"}""")));
        var wanted = (await AllLetters())[0];

        var query = Filters[filter](wanted);
        var page = await Letters.ListAsync(new DeadLetterQuery { Filter = query }, CancellationToken.None);
        var ids = await Letters.FindAsync(query, 10, CancellationToken.None);

        page.Items.Select(letter => letter.Id).ShouldBe([wanted.Id]);
        ids.ShouldBe([wanted.Id]);
    }

    [Fact]
    public async Task An_operation_over_many_begins_with_the_oldest()
    {
        await WriteBadEvents(5);

        var ids = await Letters.FindAsync(new DeadLetterFilter(), 3, CancellationToken.None);

        ids.ShouldBe((await AllLetters()).Select(letter => letter.Id).Order().Take(3));
    }

    [Fact]
    public async Task Letters_with_the_same_cause_are_one_group_with_an_example()
    {
        await Write(Batches.OfEvents(1, 1, Batches.Event(data: "[1]"), Batches.Event(type: "")));
        Time.Advance(TimeSpan.FromMinutes(3));
        await Write(Batches.OfEvents(2, 3, Batches.Event(data: "[2]")));

        var groups = await Letters.GroupAsync(new DeadLetterFilter(), 10, CancellationToken.None);
        var first = await Letters.GroupAsync(new DeadLetterFilter(), 1, CancellationToken.None);

        groups.Select(group => (group.Letters, group.Rows)).ShouldBe([(2, 2), (1, 1)]);
        (groups[0].FirstAt, groups[0].LastAt).ShouldBe((Noon, Noon.AddMinutes(3)));
        var example = await Letters.GetAsync(groups[0].ExampleId, CancellationToken.None);
        example.ShouldNotBeNull().Fingerprint.ShouldBe(groups[0].Fingerprint);
        groups[0].Refusal.ShouldBe(example.Refusal);
        first.ShouldBe([groups[0]]);
    }

    [Fact]
    public async Task Letters_are_counted_by_state()
    {
        await WriteBadEvents(5);
        var ids = (await AllLetters()).Select(letter => letter.Id).ToArray();
        await Letters.DiscardAsync([ids[0]], CancellationToken.None);
        await Mend(ids[1]);
        await Letters.ReplayAsync(ByHand(ids[1]), CancellationToken.None);
        Time.Advance(ReplayAttempts.FirstDelay);
        await Letters.ClaimAsync(Claim("a", limit: 1), CancellationToken.None);

        var totals = await Letters.CountAsync(CancellationToken.None);

        (totals.Pending, totals.Retrying, totals.Recovered, totals.Failed, totals.Discarded).ShouldBe((2, 1, 1, 0, 1));
        totals.SizeBytes.ShouldBe((await AllLetters()).Sum(letter => letter.SizeBytes));
        totals.OldestPendingAt.ShouldBe(Noon);
    }

    private protected async Task<IReadOnlyList<DeadLetter>> AllLetters() =>
        (await Letters.ListAsync(new DeadLetterQuery { Limit = 500 }, CancellationToken.None)).Items;

    private protected async Task<DeadLetter> OnlyLetter() => (await Letters.GetAsync((await AllLetters()).ShouldHaveSingleItem().Id, CancellationToken.None)).ShouldNotBeNull();

    private protected async Task<DeadLetter> Letter(long id) => (await Letters.GetAsync(id, CancellationToken.None)).ShouldNotBeNull();

    /// <summary>One batch of events whose data no store takes.</summary>
    private protected async Task WriteBadEvents(int count, long batchSeq = 1, long firstSequence = 1) =>
        await Write(Batches.OfEvents(batchSeq, firstSequence, [.. Enumerable.Range(0, count).Select(i => Batches.Event(data: $"[{i}]"))]));

    private protected static ReplayOrder ByHand(params long[] ids) => new(ids, LeasedBy: null, _ => RetryDelay);

    private protected static DeadLetterClaim Claim(string leasedBy, int limit = 100) => new(leasedBy, TimeSpan.FromMinutes(1), limit);

    /// <summary>Edits the letter so that the store takes it.</summary>
    private protected async Task<DeadLetter> Mend(long id, string data = """{"mended":true}""")
    {
        var letter = await Letter(id);
        var at = 0;
        var row = EventCodec.ReadRow(letter.Payload, ref at) with { Data = System.Text.Encoding.UTF8.GetBytes(data) };
        var bytes = Batches.Encode([row]);
        var edit = new DeadLetterEdit(id, letter.Version, bytes, EventCodec.Version, DeadLetterPayload.Of(row, bytes));
        return (await Letters.EditAsync(edit, CancellationToken.None)).ShouldNotBeNull();
    }
}
