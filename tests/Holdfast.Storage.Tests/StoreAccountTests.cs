using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;

namespace Holdfast.Storage.Tests;

/// <summary>What every conformance test asks of the ledger at its end must be able to fail.</summary>
public sealed class StoreAccountTests : IAsyncDisposable
{
    private static readonly Guid SpoolId = Guid.NewGuid();

    private readonly MemoryTelemetryStore _store = new(new ManualTimeProvider(Batches.Noon));
    private readonly StoreAccount _account = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task What_was_handed_in_and_is_accounted_for_holds()
    {
        await _account.WriteAsync(_store, Write(Batches.OfEvents(1, 1, Batches.Event(), Batches.Event(data: "[]"))));
        await _account.WriteAsync(_store, Write(Batches.OfEvents(1, 1, Batches.Event(), Batches.Event(data: "[]"))));
        await _account.WriteAsync(_store, Write(Batches.OfEvents(2, 3, Batches.Event(data: "[]"))) with { ParkAsync = (_, _) => ValueTask.CompletedTask });
        await _account.LoseAsync(_store, SpoolId, new LostRange(3, 4, 4, 9, 6, 2, "test", Batches.Noon));

        await _account.ShouldHoldAsync(_store);
    }

    [Fact]
    public async Task A_row_that_nobody_handed_in_is_noticed()
    {
        await _account.WriteAsync(_store, Write(Batches.OfEvents(1, 1, Batches.Event())));
        await _store.WriteAsync(Write(Batches.OfEvents(2, 2, Batches.Event())), CancellationToken.None);

        await ShouldNotHoldAsync("rows handed in");
    }

    [Fact]
    public async Task A_batch_that_the_store_forgot_is_noticed()
    {
        await _account.WriteAsync(_store, Write(Batches.OfEvents(1, 1, Batches.Event())));
        await using var empty = new MemoryTelemetryStore(new ManualTimeProvider(Batches.Noon));

        await ShouldNotHoldAsync("rows handed in", empty);
    }

    [Fact]
    public async Task A_loss_that_nobody_reported_is_noticed()
    {
        await _account.WriteAsync(_store, Write(Batches.OfSamples(1, Batches.Sample(Batches.Series(), 0, 1))));
        await _store.RecordLossAsync(SpoolId, [new LostRange(2, 2, null, null, 0, 3, "test", Batches.Noon)], CancellationToken.None);

        await ShouldNotHoldAsync("reported as lost");
    }

    [Fact]
    public async Task A_dead_letter_that_is_counted_and_gone_is_noticed()
    {
        await _account.WriteAsync(_store, Write(Batches.OfEvents(1, 1, Batches.Event(data: "[]"))));

        await _store.WithLettersAsync((letters, _) =>
        {
            letters.Remove(letters.All[0]);
            return true;
        });

        await ShouldNotHoldAsync("letters that are open");
    }

    [Fact]
    public async Task A_stored_event_that_cannot_be_read_is_noticed()
    {
        await _account.WriteAsync(_store, Write(Batches.OfEvents(1, 1, Batches.Noon.AddDays(-60), Batches.Event(at: Batches.Noon.AddDays(-60)))));
        await _store.PruneAsync(new RetentionOptions(), Batches.Noon, CancellationToken.None);

        await ShouldNotHoldAsync("count as stored");
    }

    private static StoreWrite Write(SpooledBatch batch) => new(SpoolId, [batch]);

    // Not Should.ThrowAsync, which takes an assertion that fails inside for one of its own.
    private async Task ShouldNotHoldAsync(string why, ITelemetryStore? store = null) =>
        (await Assert.ThrowsAsync<ShouldAssertException>(() => _account.ShouldHoldAsync(store ?? _store))).Message.ShouldContain(why);
}
