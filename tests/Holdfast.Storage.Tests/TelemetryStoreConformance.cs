using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;

namespace Holdfast.Storage.Tests;

/// <summary>
/// What every store promises. A store is a subclass; where a store differs on purpose, it overrides the member and says why there. The
/// promises stand in files by subject: writing, refused rows, ledger, events, series, retention.
/// </summary>
public abstract partial class TelemetryStoreConformance : IAsyncLifetime
{
    private protected static readonly Guid SpoolId = new("0190aaaa-0000-7000-8000-000000000001");

    private protected static DateTimeOffset Noon => Batches.Noon;

    private protected ManualTimeProvider Time { get; } = new(Batches.Noon);

    private protected ITelemetryStore Store { get; private set; } = null!;

    /// <summary>What the test handed in, to be compared with what the store accounts for at the end of each test.</summary>
    private protected StoreAccount Account { get; } = new();

    /// <summary>The test closed the store on purpose: there is nobody to ask at the end.</summary>
    private protected bool IsClosed { get; set; }

    /// <summary>How long an id is surely forgotten after; the promise is that it is remembered for 24 hours.</summary>
    private protected virtual TimeSpan IdForgottenAfter => TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1);

    public virtual async ValueTask InitializeAsync()
    {
        Store = Create(Time);
        await Store.OpenAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Store is not { } store)
        {
            CleanUp(); // it did not come to making one
            return;
        }

        try
        {
            await (IsClosed ? Task.CompletedTask : Account.ShouldHoldAsync(store));
        }
        finally
        {
            await store.DisposeAsync();
            CleanUp();
        }
    }

    private protected abstract ITelemetryStore Create(TimeProvider time);

    /// <summary>The dead letters in order of arrival; reading them is not part of the contract yet, so each store shows its own.</summary>
    private protected abstract IReadOnlyList<DeadLetterSeen> ReadDeadLetters();

    private protected virtual void CleanUp()
    {
    }

    private protected ValueTask<StoreWriteResult> Write(params IReadOnlyList<SpooledBatch> batches) => Write(SpoolId, batches);

    private protected ValueTask<StoreWriteResult> Write(Guid spoolId, params IReadOnlyList<SpooledBatch> batches) =>
        Account.WriteAsync(Store, new StoreWrite(spoolId, batches));

    private protected async Task<IReadOnlyList<StoredEvent>> Events(EventQuery? query = null) =>
        (await Store.QueryEventsAsync(query ?? new EventQuery { Limit = 500 }, CancellationToken.None)).Items;

    private protected ValueTask<StoreTotals> Totals() => Store.ReadTotalsAsync(SpoolId, CancellationToken.None);

    private protected ValueTask<StoreHeld> Held() => Store.ReadHeldAsync(SpoolId, CancellationToken.None);
}

/// <summary>A dead letter, as far as every store keeps it.</summary>
internal sealed record DeadLetterSeen(SpoolKind Kind, long BatchSeq, int Row, int RowCount, string OriginalPayload, byte[] Payload);
