using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;
using Holdfast.Storage;

namespace Holdfast.Testing;

/// <summary>
/// The store's contract in the plainest form: lists and loops, everything worked out anew at every question. It is what the other stores
/// are compared with, so it must be obvious rather than fast.
/// </summary>
internal sealed class MemoryTelemetryStore(TimeProvider time) : ITelemetryStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, AuditEntry> _audit = [];
    private readonly StoreIdentity _identity = new(Guid.NewGuid(), SchemaVersion: 1);
    private readonly Dictionary<Guid, MemorySpool> _spools = [];
    private readonly List<StoredEvent> _events = [];
    private readonly List<MemorySample> _samples = [];
    private readonly Dictionary<(Guid BatchId, string EventType), ValidationRow> _validation = [];
    private readonly MemoryLetters _letters = new();

    public string Kind => "memory";

    public IDeadLetterStore DeadLetters => new MemoryDeadLetterStore(this);

    /// <summary>What was refused and not parked, oldest first.</summary>
    public IReadOnlyList<DeadLetter> Letters
    {
        get
        {
            lock (_lock)
            {
                return [.. _letters.All];
            }
        }
    }

    public ValueTask<StoreIdentity> OpenAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_identity);

    public async ValueTask<StoreWriteResult> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        if (write.ForgetParkedAsync is { } forgetParkedAsync && FreshOf(write) is { Count: > 0 } fresh)
        {
            await forgetParkedAsync(fresh, cancellationToken);
        }

        // One attempt without effect tells what would be refused; it is parked first, as the contract asks, and then the write is done.
        if (write.ParkAsync is { } parkAsync)
        {
            await ParkAsync(write, parkAsync, cancellationToken);
        }

        lock (_lock)
        {
            return new MemoryWrite(write, SpoolNeedsLock(write.SpoolId), _events, _samples, _letters, time.GetUtcNow()).Run();
        }
    }

    public ValueTask<ValidationWriteResult> WriteValidationAsync(PendingValidation pending, DateTimeOffset flushedAt, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var rows = pending.Counts.Count(count => _validation.TryAdd((pending.BatchId, count.EventType), ValidationRow.Of(count, flushedAt)));
            return ValueTask.FromResult(new ValidationWriteResult("direct", rows));
        }
    }

    public ValueTask<ValidationHistory> ReadValidationAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(MemoryValidationQuery.Run(_validation.Values, now));
        }
    }

    public ValueTask<StoreHeld> ReadHeldAsync(Guid spoolId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(SpoolNeedsLock(spoolId).ToHeld());
        }
    }

    public ValueTask RecordLossAsync(Guid spoolId, IReadOnlyList<LostRange> ranges, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (var range in ranges)
            {
                SpoolNeedsLock(spoolId).RecordLoss(range);
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<StoreTotals> ReadTotalsAsync(Guid spoolId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(SpoolNeedsLock(spoolId).ToTotals());
        }
    }

    public ValueTask<EventPage> QueryEventsAsync(EventQuery query, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return ValueTask.FromResult(MemoryEventQuery.Run(_events, query));
        }
    }

    public ValueTask<IReadOnlyList<StoredEvent>> ReadEventsAfterAsync(Guid epoch, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(
                EventPage.Take(_events.Where(e => e.Epoch == epoch && e.SequenceId > afterSequence).OrderBy(e => e.SequenceId), limit).Items);
        }
    }

    public ValueTask<EventCoverage> ReadCoverageAsync(Guid epoch, long afterSequence, long upTo, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var spool = SpoolNeedsLock(epoch);
            var oldest = _events.Where(e => e.Epoch == epoch).Min(e => (long?)e.SequenceId);
            return ValueTask.FromResult(new EventCoverage(oldest, spool.SettledTo(), spool.LostBetween(afterSequence, upTo)));
        }
    }

    public ValueTask<IReadOnlyList<SeriesResult>> QuerySeriesAsync(SeriesQuery query, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(MemorySeriesQuery.Run(_samples, query));
        }
    }

    /// <summary>Nothing to do: raw samples answer every query.</summary>
    public ValueTask RecordAuditAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _audit.TryAdd(entry.AuditId, entry);
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask<AuditPage> ReadAuditAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            AuditEntry[] matching =
            [
                .. _audit.Values.Where(entry => Matches(entry, query)).OrderByDescending(entry => entry.At).ThenByDescending(entry => entry.AuditId).Take(query.Limit + 1),
            ];
            return ValueTask.FromResult(AuditPage.Of(matching, query.Limit));
        }
    }

    private static bool Matches(AuditEntry entry, AuditQuery query) =>
        (query.Actor ?? entry.Actor) == entry.Actor && (query.Action ?? entry.Action) == entry.Action && (query.Target ?? entry.Target) == entry.Target
        && (query.Since is null || entry.At >= query.Since) && (query.Until is null || entry.At < query.Until)
        && (query.Before is null || (UnixMicroseconds.From(entry.At), entry.AuditId).CompareTo(query.Before.Value) < 0);

    public ValueTask<bool> RollUpAsync(DateTimeOffset now, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    public ValueTask<PruneResult> PruneAsync(RetentionOptions retention, DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var deleted = _events.RemoveAll(e => e.Timestamp < now - retention.Events && e.ReceivedAt < now - TimeSpan.FromHours(24));
            // Without rollups the samples stand in for them, so they stay as long as the coarsest one.
            deleted += _samples.RemoveAll(s => s.TimestampMilliseconds < (now - retention.RollupOneHour).ToUnixTimeMilliseconds());
            deleted += _validation.Where(v => v.Value.FlushedAt < now - retention.Validation).Count(v => _validation.Remove(v.Key));
            deleted += _audit.Where(entry => entry.Value.At < now - retention.Audit).Count(entry => _audit.Remove(entry.Key));
            return ValueTask.FromResult(new PruneResult(deleted, More: false));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private List<long> FreshOf(StoreWrite write)
    {
        lock (_lock)
        {
            var held = SpoolNeedsLock(write.SpoolId).ToHeld();
            return [.. write.Batches.Select(batch => batch.BatchSeq).Where(batchSeq => !held.Holds(batchSeq))];
        }
    }

    private async ValueTask ParkAsync(StoreWrite write, Func<IReadOnlyList<ParkedRow>, CancellationToken, ValueTask> parkAsync, CancellationToken cancellationToken)
    {
        IReadOnlyList<ParkedRow> parked;
        lock (_lock)
        {
            parked = new MemoryWrite(write, SpoolNeedsLock(write.SpoolId).Copy(), [.. _events], [.. _samples], new MemoryLetters(), time.GetUtcNow()).WhatWouldBeParked();
        }

        if (parked.Count > 0)
        {
            await parkAsync(parked, cancellationToken);
        }
    }

    /// <summary>Runs the work on the letters, alone.</summary>
    internal ValueTask<T> WithLettersAsync<T>(Func<MemoryLetters, DateTimeOffset, T> work)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(work(_letters, time.GetUtcNow()));
        }
    }

    /// <summary>Stores a letter's row as if it came with its batch; returns why it cannot be, with nothing changed.</summary>
    internal Refusal? ReplayNeedsLock(DeadLetter letter)
    {
        var refused = new MemoryLetters();
        var write = new StoreWrite(letter.SpoolId, []);
        new MemoryWrite(write, SpoolNeedsLock(letter.SpoolId).Copy(), [.. _events], [.. _samples], refused, time.GetUtcNow()).WriteBatch(letter.ToBatch());
        if (refused.All is [var first, ..])
        {
            return first.Refusal;
        }

        var spool = SpoolNeedsLock(letter.SpoolId);
        new MemoryWrite(write, spool, _events, _samples, refused, time.GetUtcNow()).WriteBatch(letter.ToBatch());
        spool.Count(letter.Kind, default(StoreCounts) with { DeadLettered = -letter.RowCount });
        return null;
    }

    internal void AuditNeedsLock(AuditEntry entry) => _audit.TryAdd(entry.AuditId, entry);

    internal void DiscardNeedsLock(DeadLetter letter) => SpoolNeedsLock(letter.SpoolId).Discard(letter);

    private MemorySpool SpoolNeedsLock(Guid spoolId)
    {
        if (!_spools.TryGetValue(spoolId, out var spool))
        {
            _spools.Add(spoolId, spool = new MemorySpool());
        }

        return spool;
    }
}

/// <summary>A sample as the memory store keeps it; of equal timestamps the one added last counts.</summary>
internal readonly record struct MemorySample(SeriesDefinition Series, long TimestampMilliseconds, double Value, long BatchSeq, int Row);
