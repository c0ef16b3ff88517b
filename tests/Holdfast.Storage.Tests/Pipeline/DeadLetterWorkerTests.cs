using System.Diagnostics;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Pipeline;

/// <summary>The worker between the reference store and a clock that moves only where a test moves it.</summary>
public sealed class DeadLetterWorkerTests : IAsyncDisposable
{
    private static readonly Guid SpoolId = new("0190aaaa-0000-7000-8000-000000000005");
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PassTimeMax = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _time = new(Batches.Noon);
    private readonly StoreState _state = new();
    private readonly DeadLetterCounters _counters = new();
    private readonly MemoryTelemetryStore _store;
    private readonly WatchedLetters _letters;
    private readonly SemaphoreSlim _passes = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(DeadLetterWorker Worker, Task Running)> _workers = [];
    private DeadLetterOptions _options = new();

    public DeadLetterWorkerTests()
    {
        _store = new MemoryTelemetryStore(_time);
        _letters = new WatchedLetters(_store.DeadLetters, _passes);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var (worker, running) in _workers)
        {
            await running.ContinueWith(_ => { }, TaskScheduler.Default);
            worker.Dispose();
        }

        _stop.Dispose();
        _passes.Dispose();
    }

    [Fact]
    public async Task A_mended_letter_is_stored_when_its_time_has_come()
    {
        var id = await DeadLetterAsync();
        await MendAsync(id);
        Start();

        await PassUntilAsync(async () => (await LetterAsync(id)).Status == DeadLetterStatus.Recovered);

        (await StoredAsync()).ShouldBe(1);
        _time.GetUtcNow().ShouldBeGreaterThanOrEqualTo(Batches.Noon + ReplayAttempts.FirstDelay);
        _counters.Totals.Recovered.ShouldBe(1);
    }

    [Fact]
    public async Task What_stays_bad_rests_longer_and_longer_and_fails_at_its_limit()
    {
        var id = await DeadLetterAsync();
        Start();
        var tried = new List<DateTimeOffset>();

        await PassUntilAsync(
            async () =>
            {
                var letter = await LetterAsync(id);
                if (letter.LastRetryAt is { } at && (tried.Count == 0 || tried[^1] != at))
                {
                    tried.Add(at);
                }

                return letter.Status == DeadLetterStatus.Failed;
            },
            step: TimeSpan.FromMinutes(1));

        tried.Count.ShouldBe(5);
        var pauses = tried.Zip(tried.Skip(1), (earlier, later) => later - earlier).ToList();
        pauses.ShouldBeInOrder(SortDirection.Ascending);
        pauses[^1].ShouldBeGreaterThan(TimeSpan.FromHours(2));
    }

    [Fact]
    public async Task While_the_store_is_away_nothing_is_claimed()
    {
        var id = await DeadLetterAsync();
        Start();
        await PassUntilAsync(() => Task.FromResult(_letters.Claims > 0));
        _state.Failed(new StoreUnavailableException("connection", "away", null), _time.GetUtcNow());
        for (var pass = 0; pass < 30; pass++)
        {
            _time.Advance(Period);
        }

        (await LetterAsync(id)).RetryCount.ShouldBe(0, "it has been due for long");
        _state.Recovered();
        await PassUntilAsync(async () => (await LetterAsync(id)).RetryCount == 1);
    }

    [Fact]
    public async Task Switched_off_it_leaves_the_letters_alone_and_keeps_to_the_limits_all_the_same()
    {
        for (var i = 0; i < 6; i++)
        {
            await DeadLetterAsync();
        }

        _options = new DeadLetterOptions { Enabled = false, Limits = new DeadLetterLimits { LettersMax = 4 } };
        Start();

        await PassUntilAsync(() => Task.FromResult(_counters.Totals.Letters == 5));

        _letters.Claims.ShouldBe(0);
    }

    [Fact]
    public async Task More_than_a_batch_is_done_in_one_pass_batch_by_batch()
    {
        for (var i = 0; i < 7; i++)
        {
            await MendAsync(await DeadLetterAsync());
        }

        _options = new DeadLetterOptions { BatchSize = 3 };
        Start();

        await PassUntilAsync(async () => await StoredAsync() == 7);

        _letters.LargestClaim.ShouldBe(3);
    }

    public static TheoryData<string> Steps() => ["before the claim", "after the claim", "before the replay", "after the replay"];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_death_between_any_two_steps_of_a_replay_loses_nothing_and_doubles_nothing(string step)
    {
        var (mended, bad) = (await DeadLetterAsync(), await DeadLetterAsync());
        await MendAsync(mended);
        _letters.DieAt = step;
        Start();
        await PassUntilAsync(() => Task.FromResult(_letters.Died));
        var survivor = new WatchedLetters(_store.DeadLetters, _passes);

        Start(survivor);
        await PassUntilAsync(async () => (await LetterAsync(mended)).Status == DeadLetterStatus.Recovered && (await LetterAsync(bad)).RetryCount > 0);

        (await StoredAsync()).ShouldBe(1);
        var totals = (await _store.ReadTotalsAsync(SpoolId, CancellationToken.None)).Events;
        totals.ShouldBe(new StoreCounts(Stored: 1, DeadLettered: 1, Duplicates: 0, Discarded: 0, Lost: 0));
        (await LetterAsync(bad)).Status.ShouldBe(DeadLetterStatus.Pending, "nothing stays in retrying");
    }

    [Fact]
    public async Task Two_workers_never_replay_one_letter_twice()
    {
        for (var i = 0; i < 20; i++)
        {
            await MendAsync(await DeadLetterAsync());
        }

        _options = new DeadLetterOptions { BatchSize = 2 };
        Start();
        Start();
        Start();

        await PassUntilAsync(async () => await StoredAsync() == 20);

        _letters.Recovered.Count.ShouldBe(20);
        _letters.Recovered.ShouldBeUnique();
    }

    [Fact]
    public async Task A_shutdown_returns_the_leases_without_counting_an_attempt()
    {
        var id = await DeadLetterAsync();
        _letters.HoldAfterClaim = new TaskCompletionSource();
        var worker = Start();
        await PassUntilAsync(() => Task.FromResult(_letters.Claims > 0 && _letters.LargestClaim == 1));

        var leaving = worker.ShutdownAsync(new ShutdownReport(), CancellationToken.None).AsTask();
        _letters.HoldAfterClaim.SetResult();
        await leaving.WaitAsync(TimeSpan.FromSeconds(30));

        var letter = await LetterAsync(id);
        (letter.Status, letter.RetryCount, letter.LeasedBy).ShouldBe((DeadLetterStatus.Pending, 0, null));
    }

    private DeadLetterWorker Start(IDeadLetterStore? letters = null)
    {
        if (!_state.Now.Available)
        {
            _state.Opened(new StoreIdentity(Guid.NewGuid(), 1));
        }

        var context = new DeadLetterContext(() => _options, "node", _time, () => 0.5);
        var worker = new DeadLetterWorker(letters ?? _letters, _state, context, _counters, NullLogger<DeadLetterWorker>.Instance);
        _workers.Add((worker, Task.Run(() => worker.RunAsync(_stop.Token))));
        return worker;
    }

    /// <summary>Moves the clock until it has come true, and lets a pass end after each step. A pass that does not come is made up for by the next step.</summary>
    private async Task PassUntilAsync(Func<Task<bool>> come, TimeSpan? step = null)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await come())
        {
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(Deadline, "it must come");
            _time.Advance(step ?? Period);
            await _passes.WaitAsync(PassTimeMax);
        }
    }

    private async Task<long> DeadLetterAsync()
    {
        var batchSeq = (await _store.ReadHeldAsync(SpoolId, CancellationToken.None)).HighestBatchSeq + 1;
        await _store.WriteAsync(new StoreWrite(SpoolId, [Batches.OfEvents(batchSeq, batchSeq, Batches.Event(data: "[]"))]), CancellationToken.None);
        return _store.Letters[^1].Id;
    }

    private async Task MendAsync(long id)
    {
        var letter = await LetterAsync(id);
        var at = 0;
        var row = EventCodec.ReadRow(letter.Payload, ref at) with { Data = "{}"u8.ToArray() };
        var bytes = Batches.Encode([row]);
        await _store.DeadLetters.EditAsync(new DeadLetterEdit(id, letter.Version, bytes, EventCodec.Version, DeadLetterPayload.Of(row, bytes)), CancellationToken.None);
    }

    private async Task<DeadLetter> LetterAsync(long id) => (await _store.DeadLetters.GetAsync(id, CancellationToken.None)).ShouldNotBeNull();

    private async Task<int> StoredAsync() => (await _store.ReadEventsAfterAsync(SpoolId, 0, 1_000, CancellationToken.None)).Count;
}
