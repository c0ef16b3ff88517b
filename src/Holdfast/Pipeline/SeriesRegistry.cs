using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Holdfast.Pipeline;

/// <summary>Why a series was not taken.</summary>
internal enum SeriesFault
{
    /// <summary>It was.</summary>
    None,

    /// <summary>Its name is empty or too long.</summary>
    Name,

    /// <summary>It has too many labels.</summary>
    LabelCount,

    /// <summary>A label's key is empty or too long.</summary>
    LabelKey,

    /// <summary>A label's value is too long.</summary>
    LabelValue,

    /// <summary>There are too many active series.</summary>
    ActiveSeries,

    /// <summary>Another series has the same id. At 64 bits this is next to impossible, but mixing two series up would be silent.</summary>
    IdTaken,
}

/// <summary>
/// Every series in use, made once. Holds at most <see cref="SeriesOptions.ActiveSeriesMax"/>; when it is full, those that have not been
/// seen for <see cref="SeriesOptions.ActiveFor"/> make room, and if there are none, new series are rejected and counted. The unit and kind of
/// a series are those it came with first. Thread-safe.
/// </summary>
/// <param name="idOf">For tests; the id of a series otherwise.</param>
internal sealed class SeriesRegistry(Func<SeriesOptions> options, TimeProvider time, Func<SeriesDefinition, long>? idOf = null)
{
    // A sweep looks at every series: with a full registry it must not happen for each rejected sample.
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromMinutes(1);
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ConcurrentDictionary<(string Name, string LabelsJson), SeriesEntry> _byKey = new();
    private readonly long[] _rejected = new long[Enum.GetValues<SeriesFault>().Length];

    // Only a writer needs the ids.
    private readonly Lock _gate = new();
    private readonly Dictionary<long, SeriesDefinition> _byId = [];
    private DateTimeOffset _sweptAt = DateTimeOffset.MinValue;

    /// <summary>Series held at present.</summary>
    public int Count
    {
        get { lock (_gate) return _byId.Count; }
    }

    /// <summary>How often a series was rejected for this reason.</summary>
    public long Rejected(SeriesFault fault) => Interlocked.Read(ref _rejected[(int)fault]);

    /// <summary>The series of this name and these labels; null with the fault when it breaks a limit. Marks it as seen.</summary>
    /// <param name="labels">In any order; of a key that comes twice the last counts.</param>
    public SeriesDefinition? Resolve(
        string name, ReadOnlySpan<KeyValuePair<string, string>> labels, string unit, SeriesKind kind, out SeriesFault fault) =>
        ResolveEntry(name, labels, unit, kind, out fault)?.Series;

    /// <summary>The same for a way in that keeps the entry, to save the look-up the next time and to follow the series' counter.</summary>
    public SeriesEntry? ResolveEntry(
        string name, ReadOnlySpan<KeyValuePair<string, string>> labels, string unit, SeriesKind kind, out SeriesFault fault)
    {
        fault = Check(name, labels, options());
        var entry = fault == SeriesFault.None ? Find((name, LabelsJson(labels)), unit, kind, out fault) : null;
        if (fault != SeriesFault.None)
        {
            Interlocked.Increment(ref _rejected[(int)fault]);
        }

        return entry;
    }

    private SeriesEntry? Find((string Name, string LabelsJson) key, string unit, SeriesKind kind, out SeriesFault fault)
    {
        fault = SeriesFault.None;
        var now = time.GetUtcNow();
        if (_byKey.TryGetValue(key, out var known))
        {
            known.SeenAt = now;
            return known;
        }

        lock (_gate)
        {
            return AddNeedsLock(key, unit, kind, now, out fault);
        }
    }

    private SeriesEntry? AddNeedsLock(
        (string Name, string LabelsJson) key, string unit, SeriesKind kind, DateTimeOffset now, out SeriesFault fault)
    {
        fault = SeriesFault.None;
        if (_byKey.TryGetValue(key, out var known))
        {
            return known;
        }

        var settings = options();
        if (_byId.Count >= settings.ActiveSeriesMax)
        {
            SweepNeedsLock(now, settings.ActiveFor);
        }

        if (_byId.Count >= settings.ActiveSeriesMax)
        {
            fault = SeriesFault.ActiveSeries;
            return null;
        }

        var series = SeriesDefinition.Create(key.Name, key.LabelsJson, unit, kind);
        if (!_byId.TryAdd(IdOf(series), series))
        {
            fault = SeriesFault.IdTaken;
            return null;
        }

        var entry = new SeriesEntry(series, now);
        _byKey[key] = entry;
        return entry;
    }

    private void SweepNeedsLock(DateTimeOffset now, TimeSpan activeFor)
    {
        if (now - _sweptAt < BetweenSweeps)
        {
            return;
        }

        _sweptAt = now;
        foreach (var (key, entry) in _byKey)
        {
            if (now - entry.SeenAt > activeFor)
            {
                entry.Forget();
                _byKey.TryRemove(key, out _);
                _byId.Remove(IdOf(entry.Series));
            }
        }
    }

    private long IdOf(SeriesDefinition series) => idOf is null ? series.Id : idOf(series);

    private static SeriesFault Check(string name, ReadOnlySpan<KeyValuePair<string, string>> labels, SeriesOptions limits)
    {
        if (!Fits(name, limits.NameCharactersMax))
        {
            return SeriesFault.Name;
        }

        if (labels.Length > limits.LabelsMax)
        {
            return SeriesFault.LabelCount;
        }

        foreach (var (key, value) in labels)
        {
            if (!Fits(key, limits.NameCharactersMax))
            {
                return SeriesFault.LabelKey;
            }

            if (value.Length > limits.LabelValueCharactersMax)
            {
                return SeriesFault.LabelValue;
            }
        }

        return SeriesFault.None;
    }

    private static bool Fits(string name, int charactersMax) => name.Length > 0 && name.Length <= charactersMax;

    /// <summary>The labels as the canonical JSON that the id of a series is made of.</summary>
    private static string LabelsJson(ReadOnlySpan<KeyValuePair<string, string>> labels)
    {
        if (labels.IsEmpty)
        {
            return "{}";
        }

        var plain = new ArrayBufferWriter<byte>(128);
        using var json = new Utf8JsonWriter(plain, Compact);
        json.WriteStartObject();
        foreach (var (key, value) in labels)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
        json.Flush();
        return CanonicalText(plain.WrittenSpan);
    }

    private static string CanonicalText(ReadOnlySpan<byte> plain)
    {
        using var output = new PooledBuffer(plain.Length);
        using var canonical = new CanonicalJson(output);
        var reader = new Utf8JsonReader(plain);
        reader.Read();
        canonical.Append(ref reader, depthMax: 1);
        return Encoding.UTF8.GetString(output.Slice(0, output.Length));
    }
}
