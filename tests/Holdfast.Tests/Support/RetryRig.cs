using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Holdfast.Lifecycle;
using Holdfast.Retries;
using Holdfast.Spool;
using Holdfast.Testing;

namespace Holdfast.Tests.Support;

/// <summary>A whole engine over a store in memory and a clock that stands still until a test moves it.</summary>
internal sealed class RetryRig : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly IRetryHandler[] _handlers;
    private Task _loops = Task.CompletedTask;

    public RetryRig(params IRetryHandler[] handlers)
    {
        Store = new TrialRetryStore(Clock);
        _handlers = handlers;
        Engine = NewEngine(spoolIsThere: false);
    }

    public ManualTimeProvider Clock { get; } = new();

    public TrialRetryStore Store { get; }

    public RecordingSpool Spool { get; } = new();

    public int SpoolsOpened { get; private set; }

    public RecordingLogger<RetryEngine> Logger { get; } = new();

    public RetryQueueOptions Options { get; set; } = new();

    public RetryEngine Engine { get; private set; }

    /// <summary>What happens when the spool is opened.</summary>
    public Action SpoolOpening { get; set; } = () => { };

    public RetryRig Start()
    {
        _loops = Task.WhenAll(Engine.Loops.Select(loop => Task.Run(() => KeepRunningAsync(loop))));
        return this;
    }

    /// <summary>The process as it starts for the second time; it has not run the first time.</summary>
    public void Restart(bool isThere)
    {
        Engine.Dispose();
        Engine = NewEngine(isThere);
        Start();
    }

    public async Task<Guid> EnqueueAsync(RetryDraft draft) => (await Engine.Queue.EnqueueAsync(draft)).Id;

    public Task<Guid> EnqueueAsync(string operationType = TrialHandler.Type, string target = "") =>
        EnqueueAsync(new RetryDraft { OperationType = operationType, Target = target });

    public async Task<RetryItem> ItemAsync(Guid id) => (await Store.GetAsync(id, CancellationToken.None)).ShouldNotBeNull();

    /// <summary>Waits, with the clock standing still.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            (Stopwatch.GetElapsedTime(began) < Patience).ShouldBeTrue($"It did not come to this: {what}");
            await Task.Delay(1);
        }
    }

    public Task UntilAsync(Guid id, RetryStatus status) =>
        UntilAsync(() => StatusOf(id) == status, $"{id} is {status}");

    /// <summary>Moves the clock in small steps; none begins before the lease had the chance to be renewed, however slow the machine is.</summary>
    public async Task PassAsync(TimeSpan time, bool renewing = true)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMilliseconds(500))
        {
            Clock.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(1);
            await (renewing ? UntilRenewedAsync() : Task.CompletedTask);
        }
    }

    // Renewals come every 4 s and a lease is trusted for 8 s. A thread that came late to set its timer has set it for later than that: the
    // clock goes on after a while, and at the end of the trust it stands still.
    private async Task UntilRenewedAsync()
    {
        var began = Stopwatch.GetTimestamp();
        await UntilAsync(
            () => Store.SinceRenewal <= TimeSpan.FromSeconds(4)
                || (Store.SinceRenewal <= TimeSpan.FromSeconds(7) && Stopwatch.GetElapsedTime(began) > TimeSpan.FromMilliseconds(100)),
            "the lease is renewed");
    }

    /// <summary>Moves the clock until it has come to something.</summary>
    public async Task PassUntilAsync(Func<bool> condition, string what, bool renewing = true)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            (Stopwatch.GetElapsedTime(began) < Patience).ShouldBeTrue($"It did not come to this: {what}");
            await PassAsync(TimeSpan.FromMilliseconds(500), renewing);

            // A handler that waits for a thread of a busy machine must not have used up its time meanwhile.
            await Task.Delay(5);
        }
    }

    public Task PassUntilAsync(Guid id, RetryStatus status) => PassUntilAsync(() => StatusOf(id) == status, $"{id} is {status}");

    /// <summary>The store in memory answers at once.</summary>
    public RetryStatus? StatusOf(Guid id) => Store.GetAsync(id, CancellationToken.None).AsTask().GetAwaiter().GetResult()?.Status;

    /// <summary>Ends what the process does, as it does when it leaves.</summary>
    public async Task LeaveAsync()
    {
        foreach (var participant in Engine.Participants.OrderBy(participant => participant.Phase))
        {
            await participant.ShutdownAsync(new ShutdownReport(), CancellationToken.None).AsTask().WaitAsync(Patience);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loops.WaitAsync(Patience);
        Engine.Dispose();
        _stop.Dispose();
        await Store.DisposeAsync();
    }

    private RetryEngine NewEngine(bool spoolIsThere) => new(
        Store, _handlers, new RetryEnvironment("here", () => Options, Clock, () => 0.5, Logger), others: null, new RetrySpool(OpenSpool, spoolIsThere), meterScope: this);

    private ValueTask<ISpool> OpenSpool(CancellationToken cancellationToken)
    {
        SpoolOpening();
        SpoolsOpened++;
        return ValueTask.FromResult<ISpool>(Spool);
    }

    private async Task KeepRunningAsync(ILoop loop)
    {
        try
        {
            await loop.RunAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The test has ended.
        }
    }
}

/// <summary>A handler that does what a test says, and remembers what it was given.</summary>
internal sealed class TrialHandler(Func<RetryContext, CancellationToken, Task<RetryOutcome>> handle) : IRetryHandler
{
    public const string Type = "trial";

    private int _running;

    public TrialHandler()
        : this((_, _) => Task.FromResult(RetryOutcome.Done))
    {
    }

    public TrialHandler(RetryOutcome outcome)
        : this((_, _) => Task.FromResult(outcome))
    {
    }

    public string OperationType { get; init; } = Type;

    public ConcurrentQueue<RetryContext> Calls { get; } = new();

    public int RunningMost { get; private set; }

    public static JsonElement Json(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    public async Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken)
    {
        Calls.Enqueue(context);
        lock (Calls)
        {
            RunningMost = Math.Max(RunningMost, ++_running);
        }

        try
        {
            return await handle(context, cancellationToken);
        }
        finally
        {
            lock (Calls)
            {
                _running--;
            }
        }
    }
}
