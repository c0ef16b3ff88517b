using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;

namespace Holdfast.Testing;

/// <summary>The contract of the dead letters in the plainest form: every question walks over the list.</summary>
internal sealed class MemoryDeadLetterStore(MemoryTelemetryStore store) : IDeadLetterStore
{
    public ValueTask<DeadLetterPage> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken) => store.WithLettersAsync((letters, _) =>
        DeadLetterPage.Take(
            letters.All.Reverse().Where(letter => letter.Id < (query.BeforeId ?? long.MaxValue) && Matches(letter, query.Filter)).Select(WithoutBytes),
            Math.Clamp(query.Limit, 1, 500)));

    public ValueTask<IReadOnlyList<long>> FindAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken) =>
        store.WithLettersAsync<IReadOnlyList<long>>((letters, _) => [.. letters.All.Where(letter => Matches(letter, filter)).Take(limit).Select(letter => letter.Id)]);

    public ValueTask<DeadLetter?> GetAsync(long id, CancellationToken cancellationToken) => store.WithLettersAsync((letters, _) => letters.Find(id));

    public ValueTask<IReadOnlyList<DeadLetterGroup>> GroupAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken) =>
        store.WithLettersAsync<IReadOnlyList<DeadLetterGroup>>((letters, _) =>
        [
            .. letters.All.Where(letter => Matches(letter, filter)).GroupBy(letter => letter.Fingerprint).Select(Group)
                .OrderByDescending(group => group.Letters).ThenBy(group => group.Fingerprint, StringComparer.Ordinal).Take(limit),
        ]);

    public ValueTask<DeadLetterTotals> CountAsync(CancellationToken cancellationToken) => store.WithLettersAsync((letters, _) => Count(letters));

    public ValueTask<IReadOnlyList<long>> ClaimAsync(DeadLetterClaim claim, CancellationToken cancellationToken) =>
        store.WithLettersAsync<IReadOnlyList<long>>((letters, now) =>
        {
            var due = letters.All.Where(letter => IsDue(letter, now)).OrderBy(letter => letter.NextRetryAt).ThenBy(letter => letter.Id).Take(claim.Limit).ToList();
            due.ForEach(letter => letters.Put(letter with { Status = DeadLetterStatus.Retrying, LeasedBy = claim.LeasedBy, LeaseUntil = now + claim.Lease }));
            return due.ConvertAll(letter => letter.Id);
        });

    public ValueTask<int> ReturnAsync(string leasedBy, CancellationToken cancellationToken) => store.WithLettersAsync((letters, _) =>
    {
        var held = letters.All.Where(letter => letter.Status == DeadLetterStatus.Retrying && letter.LeasedBy == leasedBy).ToList();
        held.ForEach(letter => letters.Put(Free(letter) with { Status = DeadLetterStatus.Pending }));
        return held.Count;
    });

    public ValueTask<IReadOnlyList<ReplayOutcome>> ReplayAsync(ReplayOrder order, CancellationToken cancellationToken) =>
        store.WithLettersAsync<IReadOnlyList<ReplayOutcome>>((letters, now) => [.. order.Ids.Select(id => Replay(letters, id, order, now))]);

    public ValueTask<DeadLetter?> EditAsync(DeadLetterEdit edit, CancellationToken cancellationToken) => store.WithLettersAsync((letters, now) =>
    {
        if (letters.Find(edit.Id) is not { } letter || !letter.IsOpenAt(now) || letter.Version != edit.Seen)
        {
            return null;
        }

        var edited = letter with
        {
            Version = letter.Version + 1,
            Payload = edit.Payload,
            PayloadJson = edit.PayloadJson,
            FormatVersion = edit.FormatVersion,
            SizeBytes = edit.Payload.Length,
        };
        letters.Put(edited);
        if (edit.Audit is { } audit)
        {
            store.AuditNeedsLock(audit);
        }

        return edited;
    });

    public ValueTask<IReadOnlyList<long>> DiscardAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken) =>
        store.WithLettersAsync<IReadOnlyList<long>>((letters, now) =>
        {
            var open = ids.Select(letters.Find).OfType<DeadLetter>().Where(letter => letter.IsOpenAt(now)).ToList();
            foreach (var letter in open)
            {
                letters.Put(Free(letter) with { Status = DeadLetterStatus.Discarded, NextRetryAt = null });
                store.DiscardNeedsLock(letter);
            }

            return open.ConvertAll(letter => letter.Id);
        });

    public ValueTask<DeadLetterPurged> PurgeAsync(DeadLetterPurge purge, CancellationToken cancellationToken) => store.WithLettersAsync((letters, now) =>
        Delete(letters, letters.All.Where(letter => IsMeant(letter, purge, now))));

    public ValueTask<IReadOnlyList<DeadLetterPurgeable>> CountPurgeableAsync(DeadLetterPurge purge, CancellationToken cancellationToken) =>
        store.WithLettersAsync<IReadOnlyList<DeadLetterPurgeable>>((letters, now) =>
        [
            .. letters.All.Where(letter => IsMeant(letter, purge, now)).GroupBy(letter => letter.Status).OrderBy(same => same.Key)
                .Select(same => new DeadLetterPurgeable(same.Key, same.Count(), same.Sum(letter => (long)letter.RowCount))),
        ]);

    public ValueTask<DeadLetterPurged> TrimAsync(DeadLetterLimits limits, CancellationToken cancellationToken) => store.WithLettersAsync((letters, now) =>
    {
        var free = letters.All.Where(letter => letter.IsFreeAt(now));
        var purged = Delete(letters, Take(limits.ExcessOf(Count(letters)), free.Where(letter => letter.IsDoneWith)));
        purged += Delete(letters, Take(limits.ExcessOf(Count(letters)), free.Where(letter => letter.Status == DeadLetterStatus.Failed)));
        return purged + Delete(letters, Take(limits.HardExcessOf(Count(letters)), free));

        IEnumerable<DeadLetter> Take(DeadLetterExcess excess, IEnumerable<DeadLetter> candidates) =>
            [.. excess.Take(candidates.Select(letter => (letter.Id, letter.SizeBytes))).Select(id => letters.Find(id)!)];
    });

    private ReplayOutcome Replay(MemoryLetters letters, long id, ReplayOrder order, DateTimeOffset now)
    {
        if (letters.Find(id) is not { } letter || !letter.MayBeTried(order, now))
        {
            return new ReplayOutcome(id, ReplayResult.Skipped);
        }

        var before = new ReplayAttempts(letter.RetryCount, letter.MaxRetries);
        var attempts = (order.LeasedBy is null ? before.WithRoom() : before).WithOneMore();
        var tried = Free(letter) with { RetryCount = attempts.Count, MaxRetries = attempts.Max, LastRetryAt = now };
        var refusal = store.ReplayNeedsLock(letter);
        letters.Put(refusal is null ? tried with { Status = DeadLetterStatus.Recovered, RecoveredAt = now, NextRetryAt = null }
            : attempts.UsedUp ? Refused(tried, refusal) with { Status = DeadLetterStatus.Failed, NextRetryAt = null }
            : Refused(tried, refusal) with { Status = DeadLetterStatus.Pending, NextRetryAt = now + order.DelayAfter(attempts.Count) });
        var result = refusal is null ? ReplayResult.Recovered : attempts.UsedUp ? ReplayResult.Failed : ReplayResult.Refused;
        return new ReplayOutcome(id, result, refusal, LimitRaised: attempts.Max > before.Max);
    }

    private static DeadLetter Refused(DeadLetter letter, Refusal refusal) =>
        letter with { Refusal = refusal, Fingerprint = DeadLetterPayload.Fingerprint(letter.KindName, refusal.Code, refusal.Reason) };

    private static bool IsMeant(DeadLetter letter, DeadLetterPurge purge, DateTimeOffset now) =>
        letter.CreatedAt < purge.Before && letter.IsFreeAt(now) && purge.Statuses.Contains(letter.Status);

    private static bool IsDue(DeadLetter letter, DateTimeOffset now) => letter.Status == DeadLetterStatus.Retrying
        ? letter.IsFreeAt(now)
        : letter.Status == DeadLetterStatus.Pending && letter.NextRetryAt <= now;

    private static DeadLetter Free(DeadLetter letter) => letter with { LeasedBy = null, LeaseUntil = null };

    private DeadLetterPurged Delete(MemoryLetters letters, IEnumerable<DeadLetter> chosen)
    {
        var discarded = 0L;
        var gone = chosen.ToList();
        foreach (var letter in gone)
        {
            letters.Remove(letter);
            if (!letter.IsDoneWith)
            {
                store.DiscardNeedsLock(letter);
                discarded += letter.RowCount;
            }
        }

        return new DeadLetterPurged(gone.Count, discarded, More: false);
    }

    private static DeadLetterTotals Count(MemoryLetters letters)
    {
        return new DeadLetterTotals(
            In(DeadLetterStatus.Pending),
            In(DeadLetterStatus.Retrying),
            In(DeadLetterStatus.Recovered),
            In(DeadLetterStatus.Failed),
            In(DeadLetterStatus.Discarded),
            letters.All.Sum(letter => letter.SizeBytes),
            letters.All.Where(letter => letter.Status == DeadLetterStatus.Pending).Min(letter => (DateTimeOffset?)letter.CreatedAt));

        long In(DeadLetterStatus status) => letters.All.Count(letter => letter.Status == status);
    }

    private static DeadLetterGroup Group(IGrouping<string, DeadLetter> same)
    {
        var newest = same.Last();
        return new DeadLetterGroup(
            same.Key, newest.Kind, same.Count(), same.Sum(letter => (long)letter.RowCount), same.Min(letter => letter.CreatedAt),
            same.Max(letter => letter.CreatedAt), newest.Id, newest.Refusal);
    }

    private static DeadLetter WithoutBytes(DeadLetter letter) => letter with { Payload = default };

    private static bool Matches(DeadLetter letter, DeadLetterFilter filter) =>
        (filter.Status is null || letter.Status == filter.Status)
        && !(filter.OpenOnly && letter.IsDoneWith)
        && letter.Id > filter.AfterId
        && (filter.Kind is null || letter.Kind == filter.Kind)
        && (filter.Fingerprint is null || letter.Fingerprint == filter.Fingerprint)
        && (filter.Code is null || letter.Refusal.Code == filter.Code)
        && (filter.Since is null || letter.CreatedAt >= filter.Since)
        && (filter.Until is null || letter.CreatedAt < filter.Until)
        && (filter.EventType is null || TextAt(letter, "event_type") == filter.EventType)
        && (filter.Source is null || TextAt(letter, "source") == filter.Source)
        && (filter.CorrelationId is null || TextAt(letter, "metadata", "correlation_id") == filter.CorrelationId)
        && (filter.Text is null || Contains(letter.PayloadJson, filter.Text) || Contains(letter.Refusal.Reason, filter.Text));

    private static bool Contains(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);

    private static string? TextAt(DeadLetter letter, params ReadOnlySpan<string> path)
    {
        var at = JsonDocument.Parse(letter.PayloadJson).RootElement;
        foreach (var name in path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
            {
                return null;
            }
        }

        return at.ValueKind == JsonValueKind.String ? at.GetString() : null;
    }
}
