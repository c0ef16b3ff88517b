using System.Collections.Concurrent;
using System.Text.Json;

namespace Holdfast.Pipeline;

/// <summary>What the classifier did so far.</summary>
internal sealed record ClassificationSnapshot(
    long TotalClassified, IReadOnlyDictionary<string, long> CategoryDistribution, long ClassificationErrors);

/// <summary>
/// Chooses the category of events whose client did not: by type (table, then words), then by the keys of the data, else <c>system</c>.
/// What a type says is remembered for the first <see cref="CachedTypesMax"/> types; others are looked at each time. Thread-safe.
/// </summary>
internal sealed class EventClassifier
{
    public const int CachedTypesMax = 4_096;

    private readonly ConcurrentDictionary<string, EventCategory?> _byType = new(Utf8TextComparer.Instance);
    private readonly ConcurrentDictionary<string, EventCategory?>.AlternateLookup<ReadOnlySpan<byte>> _byUtf8Type;
    private readonly long[] _distribution = new long[EventCategories.Names.Count];

    // Beside the dictionary, whose own count takes all its locks.
    private int _cachedTypes;
    private long _errors;

    public EventClassifier() => _byUtf8Type = _byType.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <param name="dataJson">The event's data; asked only when the type says nothing.</param>
    public EventCategory Classify(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> dataJson)
    {
        var category = CategoryOfType(eventType) ?? CategoryOfData(dataJson);
        Interlocked.Increment(ref _distribution[(int)category - 1]);
        return category;
    }

    public ClassificationSnapshot Snapshot()
    {
        var distribution = EventCategories.Names
            .Select((name, i) => KeyValuePair.Create(name, Interlocked.Read(ref _distribution[i])))
            .ToDictionary();
        return new ClassificationSnapshot(distribution.Values.Sum(), distribution, Interlocked.Read(ref _errors));
    }

    private EventCategory? CategoryOfType(ReadOnlySpan<byte> eventType)
    {
        if (_byUtf8Type.TryGetValue(eventType, out var known))
        {
            return known;
        }

        var name = Utf8TextComparer.Instance.Create(eventType);
        var category = EventVocabulary.CategoryOf(name);
        if (Volatile.Read(ref _cachedTypes) < CachedTypesMax && _byType.TryAdd(name, category))
        {
            Interlocked.Increment(ref _cachedTypes);
        }

        return category;
    }

    private EventCategory CategoryOfData(ReadOnlySpan<byte> dataJson)
    {
        // Four vectorised searches are cheaper than reading the data, and most data has none of the keys.
        var mayTell = dataJson.IndexOf("\"error\":"u8) >= 0 || dataJson.IndexOf("\"exception\":"u8) >= 0
            || dataJson.IndexOf("\"metrics\":"u8) >= 0 || dataJson.IndexOf("\"performance\":"u8) >= 0;
        if (!mayTell)
        {
            return EventCategory.System;
        }

        try
        {
            return CategoryOfKeys(dataJson);
        }
        catch (JsonException)
        {
            // Only a caller that hands over what is not JSON gets here; the event is not worth less for it.
            Interlocked.Increment(ref _errors);
            return EventCategory.System;
        }
    }

    private static EventCategory CategoryOfKeys(ReadOnlySpan<byte> dataJson)
    {
        var category = EventCategory.System;
        var reader = new Utf8JsonReader(dataJson);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("error"u8) || reader.ValueTextEquals("exception"u8))
            {
                return EventCategory.Critical;
            }

            if (reader.ValueTextEquals("metrics"u8) || reader.ValueTextEquals("performance"u8))
            {
                category = EventCategory.Performance;
            }

            reader.Skip();
        }

        return category;
    }
}
