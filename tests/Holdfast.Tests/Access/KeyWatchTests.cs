using Holdfast.Access;
using Holdfast.Pipeline;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Tests.Access;

public sealed class KeyWatchTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-keys-").FullName;
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryKeyStore _store = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_key_that_is_made_or_revoked_elsewhere_is_known_after_the_next_look()
    {
        var (ring, watch) = Node();
        var (key, text) = Make();

        await _store.CreateAsync(key, 10, CancellationToken.None);
        ring.Judge(text).Caller.ShouldBeNull();
        await watch.RefreshAsync(CancellationToken.None);
        ring.Judge(text).Caller.ShouldNotBeNull();
        await _store.RevokeAsync(key.Id, _time.GetUtcNow(), CancellationToken.None);
        await watch.RefreshAsync(CancellationToken.None);

        ring.Judge(text).Fault.ShouldBe("The key has been revoked.");
    }

    [Fact]
    public async Task It_looks_twice_a_second()
    {
        var (ring, watch) = Node();
        using var stop = new CancellationTokenSource();
        var running = watch.RunAsync(stop.Token);
        await watch.FirstAttempt;
        var known = new TaskCompletionSource();
        ring.Changed = known.SetResult;

        await _store.CreateAsync(Make().Key, 10, CancellationToken.None);
        await RetryRig.UntilAsync(() => _time.TimersSet == 1, "it waits for the next look");
        _time.Advance(TimeSpan.FromMilliseconds(500));

        await known.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
    }

    [Fact]
    public async Task A_start_without_the_store_knows_the_keys_of_the_last_one()
    {
        var (_, first) = Node();
        var (key, text) = Make();
        await _store.CreateAsync(key, 10, CancellationToken.None);
        await first.RefreshAsync(CancellationToken.None);

        var (ring, second) = Node(new AwayKeyStore());
        await Should.ThrowAsync<StoreUnavailableException>(() => second.RefreshAsync(CancellationToken.None));

        ring.Judge(text).Caller.ShouldNotBeNull().Name.ShouldBe("ana");
        ring.EverHad.ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_kept_holds_no_secret_and_only_its_owner_may_read_it()
    {
        var (_, watch) = Node();
        var (key, text) = Make();
        await _store.CreateAsync(key, 10, CancellationToken.None);

        await watch.RefreshAsync(CancellationToken.None);

        var path = Path.Combine(_directory, KeyFile.Name);
        (OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).ShouldNotContain(text[^64..]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("""{"ever_had": false, "keys": [{"id": "x", "name": "x", "role": "god", "sha256": "00"}]}""")]
    public void A_file_that_cannot_be_read_lets_nobody_in(string content)
    {
        File.WriteAllText(Path.Combine(_directory, KeyFile.Name), content);

        var (ring, _) = Node(new AwayKeyStore());

        ring.EverHad.ShouldBeTrue();
        ring.Keys.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_store_that_was_emptied_opens_no_door()
    {
        var (_, first) = Node();
        await _store.CreateAsync(Make().Key, 10, CancellationToken.None);
        await first.RefreshAsync(CancellationToken.None);

        var (ring, second) = Node(new MemoryKeyStore());
        await second.RefreshAsync(CancellationToken.None);
        var (again, _) = Node(new AwayKeyStore());

        ring.Keys.ShouldBeEmpty();
        ring.EverHad.ShouldBeTrue();
        again.EverHad.ShouldBeTrue();
    }

    private (KeyRing Ring, KeyWatch Watch) Node(IKeyStore? store = null)
    {
        var ring = new KeyRing(_time);
        return (ring, new KeyWatch(store ?? _store, ring, new KeyFile(_directory), _time, NullLogger<KeyWatch>.Instance));
    }

    private static (ApiKey Key, string Text) Make()
    {
        var (id, text, hash) = KeyText.Make();
        return (new ApiKey { Id = id, Name = "ana", Role = AccessRole.Admin, Hash = hash, CreatedAt = default, CreatedBy = "local" }, text);
    }
}
