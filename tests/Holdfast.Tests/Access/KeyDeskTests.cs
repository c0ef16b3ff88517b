using Holdfast.Access;
using Holdfast.Pipeline;
using Holdfast.Testing;

namespace Holdfast.Tests.Access;

public sealed class KeyDeskTests : IAsyncDisposable
{
    private static readonly Act Me = new("local");

    private readonly StoreToOpen _store = new();
    private readonly List<AuditEntry> _audit = [];
    private readonly KeyDesk _desk;

    public KeyDeskTests() => _desk = new KeyDesk(_store, token => _store.OpenAsync(token).AsTask(), RecordAsync, new ManualTimeProvider());

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Whoever_comes_before_the_store_is_open_opens_it()
    {
        (await _desk.ListAsync(CancellationToken.None)).ShouldBeEmpty();
        _store.Close();
        var (result, made) = await _desk.CreateAsync(new KeyOrder("ana", AccessRole.Admin, GoodFor: null), Me, CancellationToken.None);
        _store.Close();
        var revoked = await _desk.RevokeAsync(made!.Key.Id, Me, CancellationToken.None);

        (result, revoked!.Name).ShouldBe((KeyCreation.Created, "ana"));
        _audit.Select(entry => entry.Action).ShouldBe(["key.create", "key.revoke"]);
    }

    [Fact]
    public async Task What_was_done_is_in_the_audit_also_when_it_could_not_take_effect_here()
    {
        var looks = 0;
        var desk = new KeyDesk(_store, token => ++looks == 1 ? _store.OpenAsync(token).AsTask() : throw new InvalidOperationException("a session broke"), RecordAsync, new ManualTimeProvider());

        await Should.ThrowAsync<InvalidOperationException>(desk.CreateAsync(new KeyOrder("ana", AccessRole.Admin, GoodFor: null), Me, CancellationToken.None));

        _audit.ShouldHaveSingleItem().Action.ShouldBe("key.create");
    }

    [Fact]
    public async Task What_may_have_been_done_is_in_the_audit_when_the_answer_is_lost()
    {
        _store.LosesAnswer = true;

        await Should.ThrowAsync<StoreUnavailableException>(_desk.CreateAsync(new KeyOrder("ana", AccessRole.Admin, GoodFor: null), Me, CancellationToken.None));

        var entry = _audit.ShouldHaveSingleItem();
        (entry.Action, entry.Target, entry.Actor, entry.DetailsJson).ShouldBe(("key.create", "ana", "local", """{"outcome":"unknown","fault":"the answer was lost"}"""));
        (await _desk.ListAsync(CancellationToken.None)).ShouldHaveSingleItem().Name.ShouldBe("ana");
    }

    private ValueTask RecordAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        _audit.Add(entry);
        return ValueTask.CompletedTask;
    }

    /// <summary>A store without its schema until it is opened.</summary>
    private sealed class StoreToOpen : IKeyStore
    {
        private readonly MemoryKeyStore _keys = new();
        private bool _isOpen;

        /// <summary>It does what is asked, and nobody hears of it.</summary>
        public bool LosesAnswer { get; set; }

        public void Close() => _isOpen = false;

        public ValueTask OpenAsync(CancellationToken cancellationToken)
        {
            _isOpen = true;
            return ValueTask.CompletedTask;
        }

        public ValueTask<KeyList> ReadAsync(CancellationToken cancellationToken) => Open().ReadAsync(cancellationToken);

        public ValueTask<long> ReadRevisionAsync(CancellationToken cancellationToken) => Open().ReadRevisionAsync(cancellationToken);

        public async ValueTask<KeyCreation> CreateAsync(ApiKey key, int keysMax, CancellationToken cancellationToken)
        {
            var result = await Open().CreateAsync(key, keysMax, cancellationToken);
            return LosesAnswer ? throw new StoreUnavailableException("connection", "the answer was lost", inner: null) : result;
        }

        public ValueTask<ApiKey?> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) => Open().RevokeAsync(id, at, cancellationToken);

        public ValueTask TouchAsync(IReadOnlyDictionary<string, DateTimeOffset> usedAt, CancellationToken cancellationToken) => Open().TouchAsync(usedAt, cancellationToken);

        public ValueTask DisposeAsync() => _keys.DisposeAsync();

        private MemoryKeyStore Open() => _isOpen ? _keys : throw new InvalidOperationException("It is not open.");
    }
}
