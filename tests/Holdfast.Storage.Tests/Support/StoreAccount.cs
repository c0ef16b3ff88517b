using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;

namespace Holdfast.Storage.Tests.Support;

/// <summary>
/// The ledger's promise where there is no spool to count the other side: it notes what a test hands to a store, and asks at the end
/// whether the store's totals explain each of those rows, and whether what they say is there.
/// </summary>
internal sealed class StoreAccount
{
    private readonly Dictionary<(Guid SpoolId, long BatchSeq), (SpoolKind Kind, int Rows)> _handedIn = [];
    private readonly List<(Guid SpoolId, SpoolKind Kind)> _parked = [];
    private readonly List<(Guid SpoolId, LostRange Range)> _lost = [];
    private bool _pruned;

    public async ValueTask<StoreWriteResult> WriteAsync(ITelemetryStore store, StoreWrite write)
    {
        var parked = new List<(Guid, SpoolKind)>();
        var result = await store.WriteAsync(write.ParkAsync is null ? write : write with { ParkAsync = ParkAsync }, CancellationToken.None);

        // Only now: of a write that failed nothing may be counted.
        foreach (var batch in write.Batches)
        {
            _handedIn.TryAdd((write.SpoolId, batch.BatchSeq), (batch.Kind, batch.Count));
        }

        _parked.AddRange(parked);
        return result;

        async ValueTask ParkAsync(IReadOnlyList<ParkedRow> rows, CancellationToken cancellationToken)
        {
            await write.ParkAsync!(rows, cancellationToken);
            parked.AddRange(rows.Select(row => (write.SpoolId, row.Kind)));
        }
    }

    public async ValueTask LoseAsync(ITelemetryStore store, Guid spoolId, params IReadOnlyList<LostRange> ranges)
    {
        await store.RecordLossAsync(spoolId, ranges, CancellationToken.None);
        _lost.AddRange(ranges.Select(range => (spoolId, range)));
    }

    public ValueTask<PruneResult> PruneAsync(ITelemetryStore store, RetentionOptions retention, DateTimeOffset now)
    {
        _pruned = true;
        return store.PruneAsync(retention, now, CancellationToken.None);
    }

    public async Task ShouldHoldAsync(ITelemetryStore store)
    {
        var owed = await ReadOwedAsync(store.DeadLetters);
        foreach (var spoolId in _handedIn.Keys.Select(batch => batch.SpoolId).Concat(_lost.Select(lost => lost.SpoolId)).Distinct())
        {
            var totals = await store.ReadTotalsAsync(spoolId, CancellationToken.None);
            ShouldExplain(spoolId, SpoolKind.Event, totals.Events, owed, _lost.Where(lost => lost.SpoolId == spoolId).Sum(lost => lost.Range.Events));
            ShouldExplain(spoolId, SpoolKind.Sample, totals.Samples, owed, _lost.Where(lost => lost.SpoolId == spoolId).Sum(lost => lost.Range.Samples));
            if (!_pruned)
            {
                (await CountEventsAsync(store, spoolId)).ShouldBe(totals.Events.Stored, $"events of spool {spoolId} that can be read, and that count as stored");
            }
        }
    }

    private void ShouldExplain(Guid spoolId, SpoolKind kind, StoreCounts counts, IReadOnlyDictionary<(Guid, SpoolKind), long> owed, long lostAtMost)
    {
        var handedIn = _handedIn.Where(batch => batch.Key.SpoolId == spoolId && batch.Value.Kind == kind).Sum(batch => (long)batch.Value.Rows);
        var parked = _parked.Count(row => row == (spoolId, kind));
        var about = $"{kind}s of spool {spoolId}: {counts}";
        (counts.Total - counts.Lost).ShouldBe(handedIn - parked, $"rows handed in and not parked; {about}");
        counts.Lost.ShouldBeInRange(0, lostAtMost, $"rows reported as lost; {about}");
        counts.DeadLettered.ShouldBe(owed.GetValueOrDefault((spoolId, kind)), $"rows of the letters that are open; {about}");
    }

    private static async Task<IReadOnlyDictionary<(Guid SpoolId, SpoolKind Kind), long>> ReadOwedAsync(IDeadLetterStore letters)
    {
        var owed = new Dictionary<(Guid SpoolId, SpoolKind Kind), long>();
        var query = new DeadLetterQuery { Filter = new DeadLetterFilter { OpenOnly = true }, Limit = 500 };
        for (long? before = long.MaxValue; before is not null;)
        {
            var page = await letters.ListAsync(query with { BeforeId = before }, CancellationToken.None);
            foreach (var letter in page.Items)
            {
                owed[(letter.SpoolId, letter.Kind)] = owed.GetValueOrDefault((letter.SpoolId, letter.Kind)) + letter.RowCount;
            }

            before = page.Next;
        }

        return owed;
    }

    private static async Task<long> CountEventsAsync(ITelemetryStore store, Guid spoolId)
    {
        var (count, after) = (0L, -1L);
        while (await store.ReadEventsAfterAsync(spoolId, after, 1_000, CancellationToken.None) is { Count: > 0 } page)
        {
            count += page.Count;
            after = page[^1].SequenceId;
        }

        return count;
    }
}
