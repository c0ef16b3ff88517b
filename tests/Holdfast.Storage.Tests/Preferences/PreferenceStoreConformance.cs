using Holdfast.Preferences;

namespace Holdfast.Storage.Tests.Preferences;

/// <summary>What every store of preferences promises.</summary>
public abstract class PreferenceStoreConformance : IAsyncLifetime
{
    private static readonly PreferenceLimits Roomy = new(OwnerMax: 100, TotalMax: 1_000);

    private IPreferenceStore _store = null!;

    public virtual async ValueTask InitializeAsync()
    {
        _store = Create();
        await _store.OpenAsync(CancellationToken.None);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _store.DisposeAsync();
    }

    /// <summary>A store that is not open, on the data of this test: what one has written, the next finds.</summary>
    private protected abstract IPreferenceStore Create();

    [Fact]
    public async Task What_is_kept_is_read_back_by_key_and_by_another_process()
    {
        await PutAsync("ana", "view.b", """{"text": "Zoë 🙂 \u0000"}""");
        await PutAsync("ana", "view.a", "{}");
        await PutAsync("bo", "view.c", "{}");

        await using var other = Create();
        await other.OpenAsync(CancellationToken.None);
        var owned = await other.ReadAsync("ana", CancellationToken.None);

        owned.Select(one => (one.Key, one.Value)).ShouldBe([("view.a", "{}"), ("view.b", """{"text": "Zoë 🙂 \u0000"}""")]);
        (await other.ReadAsync("nobody", CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_write_over_a_version_that_has_gone_changes_nothing_and_tells_what_is_there()
    {
        var first = (await PutAsync("ana", "view.a", """{"n": 1}""", seen: [0])).Now.ShouldNotBeNull();
        var second = (await PutAsync("ana", "view.a", """{"n": 2}""", seen: [first.Version])).Now.ShouldNotBeNull();

        var late = await PutAsync("ana", "view.a", """{"n": 3}""", seen: [first.Version]);

        late.ShouldBe(new PreferenceResult(PreferenceVerdict.Overtaken, second));
        (await PutAsync("ana", "view.a", """{"n": 3}""", seen: [0])).Verdict.ShouldBe(PreferenceVerdict.Overtaken);
        (await ReadAsync("ana")).ShouldBe([second]);
    }

    [Fact]
    public async Task A_change_that_is_asked_for_again_is_done_once()
    {
        var done = await PutAsync("ana", "view.a", "{}", seen: [0]);

        (await PutAsync("ana", "view.a", "{}", seen: [0])).ShouldBe(done);

        await RemoveAsync("ana", "view.a", seen: [done.Now!.Version]);
        (await RemoveAsync("ana", "view.a", seen: [done.Now.Version])).ShouldBe(new PreferenceResult(PreferenceVerdict.Done, null));
    }

    [Fact]
    public async Task A_version_never_comes_again()
    {
        var versions = new List<int>();
        for (var round = 0; round < 3; round++)
        {
            versions.Add((await PutAsync("ana", "view.a", "{}")).Now!.Version);
            await RemoveAsync("ana", "view.a");
        }

        versions.ShouldBeUnique();
        versions.ShouldBeInOrder();
        (await ReadAsync("ana")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_has_too_many_gets_no_more_and_may_change_those_there_are()
    {
        var limits = Roomy with { OwnerMax = 2 };
        await PutAsync("ana", "a", "{}", limits: limits);
        await PutAsync("ana", "b", "{}", limits: limits);

        (await PutAsync("ana", "c", "{}", limits: limits)).ShouldBe(new PreferenceResult(PreferenceVerdict.TooMany, null));
        (await PutAsync("ana", "b", """{"n": 1}""", limits: limits)).Verdict.ShouldBe(PreferenceVerdict.Done);
        (await PutAsync("bo", "c", "{}", limits: limits)).Verdict.ShouldBe(PreferenceVerdict.Done);
    }

    [Fact]
    public async Task Of_all_together_what_was_changed_the_longest_ago_makes_room()
    {
        var limits = Roomy with { TotalMax = 3 };
        await PutAsync("ana", "a", "{}", limits: limits);
        await PutAsync("bo", "b", "{}", limits: limits);
        await PutAsync("bo", "c", "{}", limits: limits);
        await PutAsync("ana", "a", """{"n": 1}""", limits: limits);

        await PutAsync("cy", "d", "{}", limits: limits);

        (await ReadAsync("ana")).Select(one => one.Key).ShouldBe(["a"]);
        (await ReadAsync("bo")).Select(one => one.Key).ShouldBe(["c"]);
        (await ReadAsync("cy")).Select(one => one.Key).ShouldBe(["d"]);
    }

    [Fact]
    public async Task Of_many_writers_that_saw_nothing_one_writes()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(() => PutAsync("ana", "wanted", $$"""{"n": {{number}}}""", seen: [0]))));

        results.Count(result => result.Verdict == PreferenceVerdict.Done).ShouldBe(1);
        results.Count(result => result.Verdict == PreferenceVerdict.Overtaken).ShouldBe(7);
        (await ReadAsync("ana")).Single().ShouldBe(results.Single(result => result.Verdict == PreferenceVerdict.Done).Now);
    }

    private async Task<PreferenceResult> PutAsync(string owner, string key, string value, IReadOnlyList<int>? seen = null, PreferenceLimits? limits = null) =>
        await _store.WriteAsync(new PreferenceWrite(owner, key, value, seen), limits ?? Roomy, CancellationToken.None);

    private async Task<PreferenceResult> RemoveAsync(string owner, string key, IReadOnlyList<int>? seen = null) =>
        await _store.WriteAsync(new PreferenceWrite(owner, key, null, seen), Roomy, CancellationToken.None);

    private async Task<IReadOnlyList<Preference>> ReadAsync(string owner) => await _store.ReadAsync(owner, CancellationToken.None);
}
