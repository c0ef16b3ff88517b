using System.Text;
using Holdfast.Retries;

namespace Holdfast.Testing;

/// <summary>Answers questions about the items of a <see cref="MemoryRetryStore"/> by looking at each.</summary>
internal static class MemoryRetryQueries
{
    public static RetryPage List(MemoryRetries retries, RetryQuery query)
    {
        var limit = Math.Clamp(query.Limit, 1, 500);
        var found = Matching(retries, query.Filter).Where(item => query.Before is not { } before || item.Id.CompareTo(before) < 0)
            .OrderByDescending(item => item.Id).Take(limit + 1).ToList();
        var items = found.Take(limit).ToList();
        return new RetryPage(items, found.Count > limit ? items[^1].Id : null);
    }

    public static IReadOnlyList<RetryCount> Count(MemoryRetries retries) =>
    [
        .. retries.All.GroupBy(retry => (retry.Item.What.OperationType, retry.Item.Status))
            .OrderBy(group => group.Key.OperationType, StringComparer.Ordinal).ThenBy(group => group.Key.Status)
            .Select(group => new RetryCount(group.Key.OperationType, group.Key.Status, group.Count())),
    ];

    public static IReadOnlyList<RetryGroup> Group(MemoryRetries retries, RetryFilter filter, int limit) =>
    [
        .. Matching(retries, filter)
            .Where(item => item.Status is RetryStatus.DeadLetter or RetryStatus.Failed && item.LastFailure is not null)
            .GroupBy(item => (item.LastFailure!.Fingerprint, item.What.OperationType))
            .Select(ToGroup)
            .OrderByDescending(group => group.Items).ThenBy(group => group.Fingerprint, StringComparer.Ordinal)
            .ThenBy(group => group.OperationType, StringComparer.Ordinal)
            .Take(limit),
    ];

    public static bool Matches(RetryItem item, RetryFilter filter) =>
        (filter.Status is null || item.Status == filter.Status)
        && (filter.OperationType is null || item.What.OperationType == filter.OperationType)
        && (filter.Target is null || item.What.Target == filter.Target)
        && (filter.Fingerprint is null || item.LastFailure?.Fingerprint == filter.Fingerprint)
        && (filter.CorrelationId is null || item.What.CorrelationId == filter.CorrelationId)
        && (filter.GroupKey is null || item.What.GroupKey == filter.GroupKey)
        && (string.IsNullOrEmpty(filter.Text) || HasText(item, filter.Text));

    private static RetryGroup ToGroup(IGrouping<(string Fingerprint, string OperationType), RetryItem> items)
    {
        var newest = items.MaxBy(item => item.Id)!;
        return new RetryGroup(
            items.Key.Fingerprint, items.Key.OperationType, newest.LastFailure!.Message, items.Count(),
            items.Min(item => item.UpdatedAt), items.Max(item => item.UpdatedAt), newest.Id);
    }

    private static IEnumerable<RetryItem> Matching(MemoryRetries retries, RetryFilter filter) =>
        retries.All.Select(retries.Show).Where(item => Matches(item, filter));

    private static bool HasText(RetryItem item, string text) =>
        item.Status is not (RetryStatus.Pending or RetryStatus.Processing)
        && (Contains(Encoding.UTF8.GetString(item.What.Payload.Span), text) || Contains(item.LastFailure?.Message ?? "", text));

    private static bool Contains(string text, string part) => LowerAscii(text).Contains(LowerAscii(part), StringComparison.Ordinal);

    private static string LowerAscii(string text) => string.Concat(text.Select(c => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c));
}
