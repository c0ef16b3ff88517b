using Holdfast.Pipeline;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Pipeline;

public sealed class MaintenanceWorkerTests : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly ManualTimeProvider _time = new(Batches.Noon);
    private readonly FaultyStore _store;
    private readonly StoreState _state = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public MaintenanceWorkerTests() => _store = new FaultyStore(new MemoryTelemetryStore(_time));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task A_clock_set_ahead_deletes_what_time_has_made_old_and_nothing_else()
    {
        await StartAsync();
        var keep = new RetentionOptions().Events;
        await WriteAsync("young", Batches.Noon - TimeSpan.FromMinutes(1));
        await WriteAsync("soon.old", Batches.Noon - keep + TimeSpan.FromMinutes(5));

        await PruneAsync();
        _time.Jump(keep * 12);
        await PruneAsync();

        (await TypesAsync()).ShouldBe(["young"]);
    }

    [Fact]
    public async Task A_clock_that_stays_ahead_is_followed_in_the_end()
    {
        await StartAsync();
        await WriteAsync("young", Batches.Noon - TimeSpan.FromMinutes(1));

        await PruneAsync();
        _time.Jump(new RetentionOptions().Events * 12);
        for (var hour = 0.0; hour < RetentionClock.ConfirmedAfter.TotalHours + 1; hour += 10 / 60.0)
        {
            await PruneAsync();
        }

        (await TypesAsync()).ShouldBeEmpty();
    }

    private async Task StartAsync()
    {
        _state.Opened(await _store.OpenAsync(CancellationToken.None));
        var worker = new MaintenanceWorker(_store, _state, () => new RetentionOptions(), _time, NullLogger<MaintenanceWorker>.Instance);
        _running = worker.RunAsync(_stop.Token);
    }

    /// <summary>Lets so many periods pass, and whatever they bring.</summary>
    private async Task PassAsync(int periods)
    {
        for (var i = 0; i < periods; i++)
        {
            // A tick that finds the worker busy is not missed by it, but it is by this: then another one is due.
            do
            {
                _time.Advance(Period);
            }
            while (!await _store.RolledUp.WaitAsync(Patience));
        }
    }

    private async Task PruneAsync()
    {
        while (!await _store.Pruned.WaitAsync(TimeSpan.Zero))
        {
            await PassAsync(periods: 1);
        }
    }

    private async Task WriteAsync(string type, DateTimeOffset at) => await _store.WriteAsync(
        new StoreWrite(Guid.NewGuid(), [Batches.OfEvents(1, 1, receivedAt: at, Batches.Event(type, at: at))]), CancellationToken.None);

    private async Task<string[]> TypesAsync() =>
        [.. (await _store.QueryEventsAsync(new EventQuery(), CancellationToken.None)).Items.Select(e => e.EventType)];
}
