using Holdfast.Flags.Rules;
using Holdfast.Rollout;

namespace Holdfast.Storage.Tests.Flags;

/// <summary>What every store of flags promises.</summary>
public abstract class FlagStoreConformance : IAsyncLifetime
{
    private const string On = """{"value": true}""";
    private const string Off = """{"value": false}""";

    private protected IFlagStore Store { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync() => await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Store.DisposeAsync();
    }

    /// <summary>A store that is not open, on the data of this test.</summary>
    private protected abstract IFlagStore Create();

    /// <summary>Moves its clock forward.</summary>
    private protected abstract ValueTask AdvanceAsync(TimeSpan by);

    [Fact]
    public async Task A_new_store_has_nothing_and_says_whose_it_is()
    {
        var sheet = await Read();

        sheet.Flags.ShouldBeEmpty();
        sheet.Edition.Version.ShouldBe(0);
        sheet.Edition.Store.ShouldNotBe(Guid.Empty);
        sheet.StreamKey.Length.ShouldBe(32);
    }

    [Fact]
    public async Task What_is_written_is_read_with_who_wrote_it()
    {
        var written = await Write("chart.fast", On, actor: "ada");

        var flag = (await Read()).Flags.ShouldHaveSingleItem();
        (flag.Name, flag.Document, flag.UpdatedBy).ShouldBe(("chart.fast", On, "ada"));
        flag.Version.ShouldBe(written.Version);
        (await Read()).Edition.Version.ShouldBe(written.Version);
    }

    [Fact]
    public async Task A_document_keeps_its_members_in_their_order_and_as_they_are_spelled()
    {
        const string document = """{"rule": {"zebra": 1.0, "apple": [3, 1], "\u00e9": "é🚀"}}""";

        await Write("chart.fast", document);

        (await Read()).Flags.ShouldHaveSingleItem().Document.ShouldBe(document);
    }

    [Fact]
    public async Task The_edition_differs_after_each_change_and_only_then()
    {
        var before = await Store.ReadEditionAsync(CancellationToken.None);
        var unchanged = await Store.ReadEditionAsync(CancellationToken.None);
        await Write("a", On);
        var after = await Store.ReadEditionAsync(CancellationToken.None);

        unchanged.ShouldBe(before);
        after.ShouldNotBe(before);
        after.Store.ShouldBe(before.Store);
    }

    [Fact]
    public async Task A_flag_that_is_reset_is_gone_and_its_history_stays()
    {
        var set = await Write("a", On);

        var reset = await Write("a", null, action: "flag.reset", reason: "not needed");

        reset.ShouldBe(new FlagWriteResult(FlagWriteStatus.Written, 0, On));
        (await Read()).Flags.ShouldBeEmpty();
        var history = await History("a");
        history.Select(note => (note.Action, note.Before, note.After)).ShouldBe([("flag.reset", On, null), ("flag.set", null, On)]);
        history[0].Version.ShouldBeGreaterThan(set.Version);
        history[0].Reason.ShouldBe("not needed");
    }

    [Fact]
    public async Task Resetting_what_is_not_set_changes_nothing()
    {
        var result = await Write("a", null);

        result.ShouldBe(new FlagWriteResult(FlagWriteStatus.Written, 0, null));
        (await Read()).Edition.Version.ShouldBe(0);
        (await History(null)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_flag_is_written_only_over_a_version_that_was_seen()
    {
        var first = await Write("a", On, seen: [0]);
        var second = await Write("a", Off, seen: [first.Version]);

        var late = await Write("a", On, seen: [first.Version]);
        var asNew = await Write("a", On, seen: [0]);
        var gone = await Write("b", null, seen: [7]);

        late.ShouldBe(new FlagWriteResult(FlagWriteStatus.Overtaken, second.Version, Off));
        asNew.Status.ShouldBe(FlagWriteStatus.Overtaken);
        gone.ShouldBe(new FlagWriteResult(FlagWriteStatus.Overtaken, 0, null));
        (await Read()).Flags.ShouldHaveSingleItem().Document.ShouldBe(Off);
    }

    [Fact]
    public async Task What_was_judged_by_what_another_flag_was_before_is_not_written()
    {
        var judgedBy = (await Read()).Edition.Version;
        var write = New("a", On) with { JudgedBy = judgedBy };
        await Write("b", On);

        var late = await Store.WriteAsync(write, CancellationToken.None);
        var (flags, edition) = ((await Read()).Flags, (await Read()).Edition);
        var again = await Store.WriteAsync(write with { JudgedBy = edition.Version }, CancellationToken.None);

        late.ShouldBe(new FlagWriteResult(FlagWriteStatus.Outdated, 0, null));
        flags.ShouldHaveSingleItem().Name.ShouldBe("b");
        again.Status.ShouldBe(FlagWriteStatus.Written);
    }

    [Fact]
    public async Task Of_many_that_write_over_one_version_one_succeeds()
    {
        var version = (await Write("a", On)).Version;

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => Write("a", $$"""{"value": {{i}}}""", seen: [version]))));

        results.Count(result => result.Status == FlagWriteStatus.Written).ShouldBe(1);
        (await History("a")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_change_that_is_asked_for_again_is_made_once()
    {
        var write = New("a", On);

        var first = await Store.WriteAsync(write, CancellationToken.None);
        var again = await Store.WriteAsync(write with { Seen = [0] }, CancellationToken.None);

        again.ShouldBe(first);
        (await History("a")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Every_change_of_many_writers_has_a_version_of_its_own()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => Write($"flag{i % 5}", On))));

        var history = await History(null);
        history.Select(note => note.Version).ShouldBe(Enumerable.Range(1, 20).Reverse());
    }

    [Fact]
    public async Task History_is_read_from_the_newest_in_pages()
    {
        for (var i = 0; i < 5; i++)
        {
            await Write(i % 2 == 0 ? "even" : "odd", On, actor: $"actor{i}");
        }

        var page = await Store.ReadHistoryAsync(new FlagHistoryQuery(null, null, 2), CancellationToken.None);
        var next = await Store.ReadHistoryAsync(new FlagHistoryQuery(null, page[^1].Version, 2), CancellationToken.None);
        var odd = await History("odd");

        page.Select(note => note.Actor).ShouldBe(["actor4", "actor3"]);
        next.Select(note => note.Actor).ShouldBe(["actor2", "actor1"]);
        odd.Select(note => note.Actor).ShouldBe(["actor3", "actor1"]);
    }

    [Fact]
    public async Task There_are_only_so_many_flags_and_those_there_are_can_still_be_changed()
    {
        for (var i = 0; i < FlagLimits.FlagsMax; i++)
        {
            await Write($"flag{i}", On);
        }

        (await Write("one.more", On)).Status.ShouldBe(FlagWriteStatus.Full);
        (await Write("flag7", Off)).Status.ShouldBe(FlagWriteStatus.Written);
        (await Write("flag8", null)).Status.ShouldBe(FlagWriteStatus.Written);
        (await Write("one.more", On)).Status.ShouldBe(FlagWriteStatus.Written);
    }

    [Fact]
    public async Task What_was_written_is_there_when_the_store_is_opened_again()
    {
        await Write("a", On);
        var before = await Read();

        await Store.DisposeAsync();
        await OpenAsync();

        var after = await Read();
        after.Edition.ShouldBe(before.Edition);
        after.StreamKey.ToArray().ShouldBe(before.StreamKey.ToArray());
        after.Flags.ShouldBe(before.Flags);
    }

    [Fact]
    public async Task Samples_are_read_by_flag_and_age_and_by_the_clock_of_the_store()
    {
        await Add(new FlagSample("a", "on", 10, 1, LatencyHistogram.Of([5, 5, 80])), new FlagSample("b", "on", 1, 0, LatencyHistogram.Empty));
        await AdvanceAsync(TimeSpan.FromHours(1));
        await Add(new FlagSample("a", "on", 20, 2, LatencyHistogram.Empty), new FlagSample("a", "off", 3, 0, LatencyHistogram.Empty));

        var all = await Store.ReadSamplesAsync("a", TimeSpan.FromHours(2), CancellationToken.None);
        var recent = await Store.ReadSamplesAsync("a", TimeSpan.FromMinutes(30), CancellationToken.None);

        all.Samples.Sum(sample => sample.Requests).ShouldBe(33);
        all.Samples[0].Latencies.ToString().ShouldBe(LatencyHistogram.Of([5, 5, 80]).ToString());
        (all.Now - all.Samples[0].At).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromHours(1));
        recent.Samples.Select(sample => (sample.Variant, sample.Requests, sample.Errors)).ShouldBe([("on", 20, 2), ("off", 3, 0)], ignoreOrder: true);
    }

    [Fact]
    public async Task Of_a_flag_without_samples_the_time_is_read()
    {
        var nothing = await Store.ReadSamplesAsync("a", TimeSpan.FromHours(1), CancellationToken.None);

        nothing.Samples.ShouldBeEmpty();
        nothing.Now.ShouldBeGreaterThan(DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public async Task Samples_that_are_sent_again_count_once()
    {
        var id = Guid.NewGuid();
        FlagSample[] samples = [new("a", "on", 10, 1, LatencyHistogram.Empty)];

        await Store.AddSamplesAsync(id, samples, CancellationToken.None);
        await Store.AddSamplesAsync(id, samples, CancellationToken.None);

        (await Store.ReadSamplesAsync("a", TimeSpan.FromHours(1), CancellationToken.None)).Samples.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_is_past_its_keep_time_is_deleted_and_flags_never()
    {
        await Write("a", On);
        await Add(new FlagSample("a", "on", 1, 0, LatencyHistogram.Empty));
        await AdvanceAsync(TimeSpan.FromDays(2));
        await Write("a", Off);

        await Store.MaintainAsync(TimeSpan.FromDays(1), TimeSpan.FromHours(1), CancellationToken.None);

        (await History("a")).ShouldHaveSingleItem().After.ShouldBe(Off);
        (await Store.ReadSamplesAsync("a", TimeSpan.FromDays(10), CancellationToken.None)).Samples.ShouldBeEmpty();
        (await Read()).Flags.ShouldHaveSingleItem();
    }

    private async Task OpenAsync()
    {
        Store = Create();
        await Store.OpenAsync(CancellationToken.None);
    }

    private ValueTask<FlagSheet> Read() => Store.ReadAsync(CancellationToken.None);

    private ValueTask<IReadOnlyList<FlagChangeNote>> History(string? name) => Store.ReadHistoryAsync(new FlagHistoryQuery(name, null, 500), CancellationToken.None);

    private async Task Add(params FlagSample[] samples) => await Store.AddSamplesAsync(Guid.NewGuid(), samples, CancellationToken.None);

    private async Task<FlagWriteResult> Write(
        string name, string? document, IReadOnlyList<int>? seen = null, string actor = "local", string action = "flag.set", string? reason = null) =>
        await Store.WriteAsync(New(name, document) with { Seen = seen, Actor = actor, Action = action, Reason = reason }, CancellationToken.None);

    private static FlagWrite New(string name, string? document) =>
        new() { Id = Guid.NewGuid(), Name = name, Document = document, Action = "flag.set", Actor = "local" };
}
