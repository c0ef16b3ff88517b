using System.Collections.Frozen;

namespace Holdfast.Pipeline;

/// <summary>
/// What an event's type says about its category: the type as a whole, else its words. Words are matched whole and in their forms, so
/// that a <c>device</c> is no <c>dev</c> matter and a <c>failover</c> no failure.
/// </summary>
internal static class EventVocabulary
{
    private const string Separators = "._-/:";

    private static readonly FrozenDictionary<string, EventCategory> Types = Table(
        (EventCategory.Critical, "health_check circuit_breaker_open circuit_breaker_close error failure"),
        (EventCategory.Performance, "cache_metrics semaphore_metrics response_time latency"),
        (EventCategory.UserActivity, "session_metrics user_activity session_start session_end"),
        (EventCategory.System, "connection_status websocket_health initial_stats stats export_complete"),
        (EventCategory.Debug, "test_event debug"));

    private static readonly FrozenDictionary<string, EventCategory> Words = Table(
        (EventCategory.Critical, "error errors errored fail fails failed failing failure failures critical alert alerts alerted alerting timeout timeouts exception exceptions"),
        (EventCategory.Performance, "cache caches cached caching metric metrics performance latency latencies"),
        (EventCategory.UserActivity, "session sessions user users activity activities"),
        (EventCategory.Debug, "test tests tested testing debug debugs debugged debugging dev"));

    /// <summary>The category of a type; of several words the one that stands first in the enumeration wins. Null when the type says nothing.</summary>
    public static EventCategory? CategoryOf(string eventType) =>
        Types.TryGetValue(eventType, out var category) ? category : CategoryOfWords(eventType);

    private static EventCategory? CategoryOfWords(ReadOnlySpan<char> eventType)
    {
        var words = Words.GetAlternateLookup<ReadOnlySpan<char>>();
        EventCategory? strongest = null;
        while (!eventType.IsEmpty)
        {
            var length = WordLength(eventType);
            if (words.TryGetValue(eventType[..length], out var category) && (strongest is null || category < strongest))
            {
                strongest = category;
            }

            eventType = eventType[Math.Max(1, length)..];
        }

        return strongest;
    }

    /// <summary>Length of the word the text begins with; 0 at a separator.</summary>
    private static int WordLength(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && !Separators.Contains(text[length]) && (length == 0 || !StartsWord(text, length)))
        {
            length++;
        }

        return length;
    }

    /// <summary>A capital starts a word after a small letter or digit (order|Failed) and before a small letter (HTTP|Error).</summary>
    private static bool StartsWord(ReadOnlySpan<char> text, int at) =>
        char.IsUpper(text[at]) && (!char.IsUpper(text[at - 1]) || (at + 1 < text.Length && char.IsLower(text[at + 1])));

    private static FrozenDictionary<string, EventCategory> Table(params (EventCategory Category, string Names)[] rows) =>
        rows.SelectMany(row => row.Names.Split(' '), (row, name) => KeyValuePair.Create(name, row.Category))
            .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
}
