using System.Runtime.Versioning;
using Holdfast.Flags;
using Holdfast.Pipeline;
using Holdfast.Rollout;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;

namespace Holdfast.Storage.Tests.Flags;

public sealed class FlagKeeperTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new(Batches.Noon);
    private readonly MemoryFlagStore _store;
    private readonly FlagNode _here;
    private readonly FlagNode _there;

    public FlagKeeperTests()
    {
        _store = new MemoryFlagStore(_time);
        (_here, _there) = (new FlagNode(_store, _time), new FlagNode(_store, _time));
    }

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
    }

    [Fact]
    public async Task What_is_set_at_one_node_is_in_effect_at_another_that_looks()
    {
        var changes = new List<FlagChange>();
        using var listening = _there.Flags.OnChange(changes.Add);

        await _here.PutValueAsync(FlagNames.BatchSize, "250");
        await _there.Keeper.RefreshAsync(CancellationToken.None);
        await _here.Desk.ResetAsync(FlagNames.BatchSize, null, new Act("ada"), CancellationToken.None);
        await _there.Keeper.RefreshAsync(CancellationToken.None);

        changes.Select(change => (change.NewValue, change.Origin)).ShouldBe([(250L, FlagOrigin.Runtime), (100L, FlagOrigin.Default)]);
    }

    [Fact]
    public async Task Flags_that_must_go_together_do_so_whichever_nodes_they_are_set_at()
    {
        (await _here.PutValueAsync(FlagNames.DashboardWebSocket, "false")).Kind.ShouldBe(FlagOutcomeKind.Done);

        var second = await _there.PutValueAsync(FlagNames.DashboardRealtime, "false");

        second.Kind.ShouldBe(FlagOutcomeKind.Refused);
        _there.Flags.GetBool(FlagNames.DashboardWebSocket).ShouldBeFalse("it has looked before it refused");
        (await _store.ReadAsync(CancellationToken.None)).Flags.ShouldHaveSingleItem().Name.ShouldBe(FlagNames.DashboardWebSocket);
    }

    [Fact]
    public async Task Without_the_store_a_start_goes_on_with_what_was_known()
    {
        await _here.PutValueAsync(FlagNames.BatchSize, "250");
        await _here.PutRuleAsync("chart.fast", """{"type": "bool", "overrides": {"on": ["ada"]}}""");

        using var restarted = new FlagNode(new AwayStore(), _time, dataDirectory: _here.DataPath);
        restarted.Keeper.TakeKnown();

        restarted.Flags.GetInt(FlagNames.BatchSize).ShouldBe(250);
        restarted.Flags.Evaluate("chart.fast", new FlagContext("ada")).Variant.ShouldBe("on");
        restarted.Keeper.IsCurrent.ShouldBeFalse();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await restarted.Keeper.RefreshAsync(CancellationToken.None));
        restarted.Flags.GetInt(FlagNames.BatchSize).ShouldBe(250);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"store": 1}""")]
    [InlineData("""{"store": "1f0a9c52-0000-0000-0000-000000000000", "version": 1, "stream_key": "!", "flags": []}""")]
    public void A_file_that_cannot_be_used_keeps_nobody_from_starting(string text)
    {
        File.WriteAllText(Path.Combine(_here.DataPath, KnownFlagsFile.FileName), text);

        _here.Keeper.TakeKnown();

        _here.Keeper.Version.ShouldBe(0);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Only_the_owner_reads_the_file()
    {
        await _here.PutValueAsync(FlagNames.BatchSize, "250");

        File.GetUnixFileMode(Path.Combine(_here.DataPath, KnownFlagsFile.FileName)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task What_another_version_stored_and_this_one_cannot_use_leaves_the_rest_as_it_is()
    {
        await _here.PutValueAsync(FlagNames.TimeoutMs, "900");
        foreach (var (name, document) in new[] { (FlagNames.BatchSize, """{"value": "many"}"""), ("NEW_SETTING", """{"value": 1}"""), ("chart.fast", """{"rule": {"type": "colour"}}"""), ("x", "{}") })
        {
            await _store.WriteAsync(new FlagWrite { Id = Guid.NewGuid(), Name = name, Document = document, Action = "flag.set", Actor = "newer" }, CancellationToken.None);
        }

        await _there.Keeper.RefreshAsync(CancellationToken.None);

        _there.Flags.GetInt(FlagNames.TimeoutMs).ShouldBe(900);
        _there.Flags.GetInt(FlagNames.BatchSize).ShouldBe(100);
        _there.Flags.Evaluate("chart.fast", FlagContext.Empty).Error.ShouldBe(FlagError.FlagNotFound);
    }

    [Fact]
    public async Task A_ring_is_followed_at_once_and_without_one_it_looks_now_and_then()
    {
        var bell = new HandBell { IsHeard = true };
        using var listening = new FlagNode(_store, _time, bell);
        using var stop = new CancellationTokenSource();
        var seen = new SemaphoreSlim(0);
        using var changes = listening.Flags.OnChange(_ => seen.Release());
        var running = listening.Keeper.RunAsync(stop.Token);
        await bell.Listening.Task.WaitAsync(Patience);

        await _here.PutValueAsync(FlagNames.BatchSize, "250");
        bell.Ring();
        (await seen.WaitAsync(Patience)).ShouldBeTrue();
        await _here.PutValueAsync(FlagNames.BatchSize, "300");
        await AdvanceUntilAsync(() => listening.Flags.GetInt(FlagNames.BatchSize) == 300, FlagKeeper.RarePoll);

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running.WaitAsync(Patience));
    }

    [Fact]
    public async Task Where_rings_are_not_heard_it_looks_every_second()
    {
        var bell = new HandBell { IsHeard = false };
        using var listening = new FlagNode(_store, _time, bell);
        using var stop = new CancellationTokenSource();
        var running = listening.Keeper.RunAsync(stop.Token);
        await bell.Listening.Task.WaitAsync(Patience);

        await _here.PutValueAsync(FlagNames.BatchSize, "250");
        await AdvanceUntilAsync(() => listening.Flags.GetInt(FlagNames.BatchSize) == 250, FlagKeeper.Poll);

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running.WaitAsync(Patience));
    }

    [Fact]
    public async Task What_is_set_in_code_stays_above_what_is_stored_until_it_is_reset()
    {
        _there.Flags.Set(FlagNames.BatchSize, 7);

        await _here.PutValueAsync(FlagNames.BatchSize, "250");
        await _there.Keeper.RefreshAsync(CancellationToken.None);

        _there.Flags.GetInt(FlagNames.BatchSize).ShouldBe(7);
        _there.Flags.Reset(FlagNames.BatchSize)!.Value.ShouldBe(250L);
    }

    [Fact]
    public async Task A_rule_for_a_setting_is_asked_with_a_context_and_read_without_one()
    {
        await _here.PutRuleAsync(FlagNames.DashboardTransport, """{"variants": {"ws": "ws", "rt": "realtime"}, "default": "ws", "overrides": {"rt": ["ada"]}}""");

        _here.Flags.GetString(FlagNames.DashboardTransport).ShouldBe("ws");
        _here.Flags.Evaluate(FlagNames.DashboardTransport, new FlagContext("ada")).Value!.Value.GetString().ShouldBe("realtime");
        _here.Flags.Evaluate(FlagNames.DashboardTransport, new FlagContext("bob")).Variant.ShouldBe("ws");
    }

    private async Task AdvanceUntilAsync(Func<bool> holds, TimeSpan step)
    {
        for (var i = 0; i < 1_000 && !holds(); i++)
        {
            // The loop may be just about to wait: another step then.
            _time.Advance(step);
            await Task.Delay(1);
        }

        holds().ShouldBeTrue();
    }

    private sealed class HandBell : IFlagBell
    {
        private Action _ring = () => { };

        public bool IsHeard { get; init; }

        public TaskCompletionSource Listening { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Ring() => _ring();

        public async Task ListenAsync(Action ring, CancellationToken cancellationToken)
        {
            _ring = ring;
            Listening.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A store that does not answer.</summary>
    private sealed class AwayStore : IFlagStore
    {
        public ValueTask OpenAsync(CancellationToken cancellationToken) => throw Away();

        public ValueTask<FlagSheet> ReadAsync(CancellationToken cancellationToken) => throw Away();

        public ValueTask<FlagEdition> ReadEditionAsync(CancellationToken cancellationToken) => throw Away();

        public ValueTask<FlagWriteResult> WriteAsync(FlagWrite write, CancellationToken cancellationToken) => throw Away();

        public ValueTask<IReadOnlyList<FlagChangeNote>> ReadHistoryAsync(FlagHistoryQuery query, CancellationToken cancellationToken) => throw Away();

        public ValueTask AddSamplesAsync(Guid id, IReadOnlyList<FlagSample> samples, CancellationToken cancellationToken) => throw Away();

        public ValueTask<FlagMeasured> ReadSamplesAsync(string flag, TimeSpan last, CancellationToken cancellationToken) => throw Away();

        public ValueTask MaintainAsync(TimeSpan keepHistory, TimeSpan keepSamples, CancellationToken cancellationToken) => throw Away();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static StoreUnavailableException Away() => new("connection", "It is away.", inner: null);
    }
}
