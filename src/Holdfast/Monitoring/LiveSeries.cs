using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Monitoring;

/// <summary>A series that is shown live, under a small number that is valid until the process ends.</summary>
internal sealed record LiveSeriesEntry(int Id, SeriesDefinition Series);

/// <summary>Values of series by their numbers.</summary>
/// <param name="MeasuredAt">When the newest of them was measured, in unix milliseconds; sources measure within the same fraction of a second.</param>
internal readonly record struct LiveValues(long MeasuredAt, IReadOnlyList<(int Id, double Value)> Values);

/// <summary>
/// The latest value and the last two minutes of the series that are shown live. Holds at most <see cref="SeriesMax"/> series, first come;
/// all others are stored all the same and can be asked for over HTTP.
/// </summary>
internal sealed class LiveSeries
{
    /// <summary>A page with more lines than this cannot be read, and each costs 2 kB here.</summary>
    public const int SeriesMax = 1_000;

    /// <summary>Seconds of history kept for a first paint.</summary>
    public const int HistorySeconds = 120;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Line> _lines = [];
    private readonly List<Line> _byId = [];
    private readonly HashSet<int> _changed = [];
    private long _overflowed;
    private long _samples;

    /// <summary>Samples of series that found no place here.</summary>
    public long Overflowed => Interlocked.Read(ref _overflowed);

    /// <summary>Samples seen since the process started.</summary>
    public long Samples => Interlocked.Read(ref _samples);

    public void Note(IReadOnlyList<Sample> samples)
    {
        Interlocked.Add(ref _samples, samples.Count);
        lock (_gate)
        {
            foreach (var sample in samples)
            {
                if (LineNeedsLock(sample.Series) is { } line)
                {
                    line.Note(sample.TimestampMilliseconds, sample.Value);
                    _changed.Add(line.Entry.Id);
                }
            }
        }
    }

    /// <summary>What changed since the last call; without values when nothing did.</summary>
    public LiveValues TakeChanges()
    {
        lock (_gate)
        {
            var changes = ValuesNeedsLock(_changed.Order().Select(id => _byId[id]));
            _changed.Clear();
            return changes;
        }
    }

    public LiveValues Latest()
    {
        lock (_gate)
        {
            return ValuesNeedsLock(_byId);
        }
    }

    /// <summary>The series with a number of at least <paramref name="from"/>: all of them, or those that are new to a reader.</summary>
    public IReadOnlyList<LiveSeriesEntry> Entries(int from = 0)
    {
        lock (_gate)
        {
            return _byId.Skip(from).Select(line => line.Entry).ToArray();
        }
    }

    /// <summary>The last <paramref name="seconds"/> of the series chosen, one value a second, null where there was none.</summary>
    public IReadOnlyList<(int Id, double?[] Values)> History(Func<SeriesDefinition, bool> choose, long untilUnixSeconds, int seconds, int seriesMax)
    {
        lock (_gate)
        {
            return _byId.Where(line => choose(line.Entry.Series)).Take(seriesMax)
                .Select(line => (line.Entry.Id, line.Window(untilUnixSeconds, seconds))).ToArray();
        }
    }

    private static LiveValues ValuesNeedsLock(IEnumerable<Line> lines)
    {
        var measuredAt = 0L;
        var values = new List<(int, double)>();
        foreach (var line in lines)
        {
            measuredAt = Math.Max(measuredAt, line.LatestAt);
            values.Add((line.Entry.Id, line.Latest));
        }

        return new LiveValues(measuredAt, values);
    }

    private Line? LineNeedsLock(SeriesDefinition series)
    {
        if (_lines.TryGetValue(series.Id, out var line))
        {
            return line;
        }

        if (_byId.Count >= SeriesMax)
        {
            Interlocked.Increment(ref _overflowed);
            return null;
        }

        line = new Line(new LiveSeriesEntry(_byId.Count, series));
        _lines.Add(series.Id, line);
        _byId.Add(line);
        return line;
    }

    /// <summary>One series: its latest value and a ring with one slot a second.</summary>
    private sealed class Line(LiveSeriesEntry entry)
    {
        private readonly double[] _values = new double[HistorySeconds];
        private readonly long[] _seconds = new long[HistorySeconds];

        public LiveSeriesEntry Entry { get; } = entry;

        public long LatestAt { get; private set; } = long.MinValue;

        public double Latest { get; private set; }

        public void Note(long unixMilliseconds, double value)
        {
            var second = unixMilliseconds / 1_000;
            var slot = (int)((ulong)second % HistorySeconds);
            _values[slot] = value;
            _seconds[slot] = second;
            if (unixMilliseconds >= LatestAt)
            {
                LatestAt = unixMilliseconds;
                Latest = value;
            }
        }

        public double?[] Window(long untilSecond, int seconds)
        {
            var window = new double?[seconds];
            for (var i = 0; i < seconds; i++)
            {
                var second = untilSecond - seconds + 1 + i;
                var slot = (int)((ulong)second % HistorySeconds);
                window[i] = _seconds[slot] == second ? _values[slot] : null;
            }

            return window;
        }
    }
}

/// <summary>Series in live frames.</summary>
internal static class LiveSeriesJson
{
    /// <summary><c>[[series_id, name, labels, unit, kind]]</c></summary>
    public static void WriteDictionary(Utf8JsonWriter json, IEnumerable<LiveSeriesEntry> series)
    {
        json.WriteStartArray();
        foreach (var entry in series)
        {
            json.WriteStartArray();
            json.WriteNumberValue(entry.Id);
            json.WriteStringValue(entry.Series.Name);
            json.WriteRawValue(entry.Series.LabelsJson, skipInputValidation: true);
            json.WriteStringValue(entry.Series.Unit);
            json.WriteStringValue(entry.Series.Kind == SeriesKind.Counter ? "counter"u8 : "gauge"u8);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    /// <summary><c>[[series_id, value]]</c></summary>
    public static void WriteValues(Utf8JsonWriter json, IEnumerable<(int Id, double Value)> values)
    {
        json.WriteStartArray();
        foreach (var (id, value) in values)
        {
            json.WriteStartArray();
            json.WriteNumberValue(id);
            WriteNumber(json, value);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    /// <summary>JSON has no NaN and no infinity.</summary>
    public static void WriteNumber(Utf8JsonWriter json, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
