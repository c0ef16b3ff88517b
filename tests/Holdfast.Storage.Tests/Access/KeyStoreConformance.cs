using Holdfast.Access;

namespace Holdfast.Storage.Tests.Access;

/// <summary>What every store of keys promises.</summary>
public abstract class KeyStoreConformance : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, 123, TimeSpan.Zero);

    private IKeyStore _store = null!;

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
    private protected abstract IKeyStore Create();

    [Fact]
    public async Task A_key_is_read_as_it_was_made()
    {
        var whole = Key("whole") with { ExpiresAt = Noon.AddDays(30), Role = AccessRole.Operator };
        var lasting = Key("lasting") with { Role = AccessRole.Ingest };

        await CreateAsync(whole);
        await CreateAsync(lasting);

        var keys = (await ReadAsync()).Keys;
        keys.Count.ShouldBe(2);
        ShouldBeTheSame(keys[0], lasting);
        ShouldBeTheSame(keys[1], whole);
    }

    [Fact]
    public async Task Another_process_finds_what_one_wrote()
    {
        await CreateAsync(Key("first"));

        await using var other = Create();
        await other.OpenAsync(CancellationToken.None);

        (await other.ReadAsync(CancellationToken.None)).Keys.Single().Name.ShouldBe("first");
        (await other.ReadRevisionAsync(CancellationToken.None)).ShouldBe((await ReadAsync()).Revision);
    }

    [Fact]
    public async Task The_revision_moves_with_what_matters_and_with_nothing_else()
    {
        var key = Key("moved");
        var revisions = new List<long> { await RevisionAsync() };

        await CreateAsync(key);
        revisions.Add(await RevisionAsync());
        await _store.TouchAsync(new Dictionary<string, DateTimeOffset> { [key.Id] = Noon }, CancellationToken.None);
        (await RevisionAsync()).ShouldBe(revisions[^1]);
        await RevokeAsync(key.Id, Noon);
        revisions.Add(await RevisionAsync());
        await RevokeAsync(key.Id, Noon.AddHours(1));
        (await RevisionAsync()).ShouldBe(revisions[^1]);

        revisions.ShouldBeUnique();
        (await ReadAsync()).Revision.ShouldBe(revisions[^1]);
    }

    [Fact]
    public async Task Two_good_keys_have_no_common_name()
    {
        var first = Key("ci");
        await CreateAsync(first);

        (await CreateAsync(Key("ci"))).ShouldBe(KeyCreation.NameTaken);
        await RevokeAsync(first.Id, Noon);

        (await CreateAsync(Key("ci"))).ShouldBe(KeyCreation.Created);
        (await CreateAsync(Key("ci"))).ShouldBe(KeyCreation.NameTaken);
        (await ReadAsync()).Keys.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_key_is_revoked_once()
    {
        var key = Key("once");
        await CreateAsync(key);

        (await RevokeAsync(key.Id, Noon.AddHours(1))).ShouldNotBeNull().RevokedAt.ShouldBe(Noon.AddHours(1));
        (await RevokeAsync(key.Id, Noon.AddHours(2))).ShouldNotBeNull().RevokedAt.ShouldBe(Noon.AddHours(1));

        (await RevokeAsync("no-such-key", Noon)).ShouldBeNull();
    }

    [Fact]
    public async Task The_last_use_never_goes_back()
    {
        var key = Key("used");
        await CreateAsync(key);

        await _store.TouchAsync(new Dictionary<string, DateTimeOffset> { [key.Id] = Noon.AddMinutes(5), ["no-such-key"] = Noon }, CancellationToken.None);
        await _store.TouchAsync(new Dictionary<string, DateTimeOffset> { [key.Id] = Noon }, CancellationToken.None);

        (await ReadAsync()).Keys.Single().LastUsedAt.ShouldBe(Noon.AddMinutes(5));
    }

    [Fact]
    public async Task At_the_limit_the_key_that_was_revoked_first_makes_room()
    {
        var keys = new[] { Key("a"), Key("b"), Key("c") };
        foreach (var key in keys)
        {
            await CreateAsync(key, keysMax: 3);
        }

        (await CreateAsync(Key("d"), keysMax: 3)).ShouldBe(KeyCreation.TooMany);
        await RevokeAsync(keys[1].Id, Noon.AddHours(1));
        await RevokeAsync(keys[2].Id, Noon);

        (await CreateAsync(Key("d"), keysMax: 3)).ShouldBe(KeyCreation.Created);
        (await ReadAsync()).Keys.Select(key => key.Name).ShouldBe(["d", "b", "a"]);
    }

    [Fact]
    public async Task Of_many_at_one_time_with_one_name_one_is_kept()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => CreateAsync(Key("wanted")))));

        results.Count(result => result == KeyCreation.Created).ShouldBe(1);
        results.Count(result => result == KeyCreation.NameTaken).ShouldBe(7);
        (await ReadAsync()).Keys.Count.ShouldBe(1);
    }

    private static ApiKey Key(string name)
    {
        var (id, _, hash) = KeyText.Make();
        return new ApiKey { Id = id, Name = name, Role = AccessRole.Viewer, Hash = hash, CreatedAt = Noon, CreatedBy = "local" };
    }

    private static void ShouldBeTheSame(ApiKey read, ApiKey made)
    {
        read.Hash.ToArray().ShouldBe(made.Hash.ToArray());
        (read with { Hash = made.Hash }).ShouldBe(made);
    }

    private async Task<KeyCreation> CreateAsync(ApiKey key, int keysMax = 100) => await _store.CreateAsync(key, keysMax, CancellationToken.None);

    private async Task<ApiKey?> RevokeAsync(string id, DateTimeOffset at) => await _store.RevokeAsync(id, at, CancellationToken.None);

    private async Task<KeyList> ReadAsync() => await _store.ReadAsync(CancellationToken.None);

    private async Task<long> RevisionAsync() => await _store.ReadRevisionAsync(CancellationToken.None);
}
