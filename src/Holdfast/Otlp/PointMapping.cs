using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Pipeline;

namespace Holdfast.Otlp;

/// <summary>
/// Turns the data points of one request into readings of series. Gauges and sums keep their name; what has more than one value becomes
/// several series: <c>.count .sum .min .max</c>, <c>.bucket</c> with the label <c>le</c>, <c>.quantile</c> with the label <c>quantile</c>.
/// </summary>
internal sealed class PointMapping : IDisposable
{
    private readonly IAttributeFormat _format;
    private readonly OtlpOptions _options;
    private readonly SeriesRegistry _registry;
    private readonly OtlpStreams _streams;
    private readonly DateTimeOffset _now;
    private readonly long _earliestNanoseconds;
    private readonly long _latestNanoseconds;
    private readonly HashSet<string> _resourceKeys;

    // What holds for the points that follow.
    private readonly List<KeyValuePair<string, string>> _resourceLabels = [];
    private string _scope = "";
    private OtlpMetric _metric;

    // The identity of the stream: what all points of the metric share, then what one point adds.
    private readonly PooledBuffer _identity = new(512);
    private int _sharedLength;

    // Of the point at hand.
    private readonly List<PointMember> _members = [];
    private readonly List<KeyValuePair<string, string>> _labels = [];

    public PointMapping(IAttributeFormat format, OtlpOptions options, SeriesRegistry registry, OtlpStreams streams, DateTimeOffset now)
    {
        (_format, _options, _registry, _streams, _now) = (format, options, registry, streams, now);
        _earliestNanoseconds = Nanoseconds(now - options.TimestampAgeMax);
        _latestNanoseconds = Nanoseconds(now + options.TimestampAheadMax);
        _resourceKeys = new HashSet<string>(options.ResourceLabels, StringComparer.Ordinal);
    }

    public List<OtlpReading> Readings { get; } = [];

    public PointRejections Rejections { get; } = new();

    /// <summary>Data points seen, whatever became of them.</summary>
    public long Points { get; private set; }

    /// <summary>Some readings are differences, whose totals have to be kept.</summary>
    public bool HasDifferences { get; private set; }

    public void BeginResource(ReadOnlySpan<byte> attributes)
    {
        _resourceLabels.Clear();
        _format.Read(attributes, _resourceLabels);
        _resourceLabels.RemoveAll(label => !_resourceKeys.Contains(label.Key) || label.Value.Length == 0);
        _scope = "";
    }

    public void BeginScope(string name) => _scope = _resourceKeys.Contains(OtlpOptions.ScopeName) ? name : "";

    public void BeginMetric(in OtlpMetric metric)
    {
        _metric = metric;
        _identity.Truncate(0);
        _identity.Append(_format.Id);
        _identity.Append((byte)metric.Shape);
        _identity.Append(metric.IsMonotonic ? (byte)1 : (byte)0);
        Identify(metric.Name);
        Identify(metric.Unit);
        Identify(_scope);
        foreach (var (key, value) in _resourceLabels)
        {
            Identify(key);
            Identify(value);
        }

        _sharedLength = _identity.Length;
    }

    /// <summary>Takes a point, or counts why it is not taken.</summary>
    public void Add(OtlpPoint point)
    {
        Points++;
        if (point.HasNoRecordedValue)
        {
            return;
        }

        if (FaultOf(point) is { } fault)
        {
            Rejections.Add(fault, _metric.Name);
            return;
        }

        _members.Clear();
        PointMember.Collect(_metric, point, _options.Quantiles, _members);
        if (SeriesOf(point, out var seriesFault) is not { } series)
        {
            Rejections.Add(PointFault.Series, _metric.Name, seriesFault);
            return;
        }

        Emit(point, series);
    }

    public void Dispose() => _identity.Dispose();

    private PointFault? FaultOf(OtlpPoint point) =>
        point.TimeNanoseconds == 0 ? PointFault.NoTime
        : !IsInRange(point.TimeNanoseconds) ? PointFault.TimestampRange
        : PointChecks.Of(_metric, point);

    private bool IsInRange(ulong nanoseconds) => nanoseconds >= (ulong)_earliestNanoseconds && nanoseconds <= (ulong)_latestNanoseconds;

    private SeriesEntry[]? SeriesOf(OtlpPoint point, out SeriesFault fault)
    {
        fault = SeriesFault.None;
        var key = KeyOf(point);
        if (_streams.Find(key, _now) is { } known)
        {
            return known;
        }

        if (Describe(point, out fault) is { } series)
        {
            _streams.Put(key, series);
            return series;
        }

        return null;
    }

    private UInt128 KeyOf(OtlpPoint point)
    {
        _identity.Truncate(_sharedLength);
        _identity.Append(MemoryMarshal.AsBytes([_members.Count]));
        foreach (var member in _members)
        {
            _identity.Append((byte)member.Role);
            _identity.Append(MemoryMarshal.AsBytes([member.Parameter]));
        }

        _identity.Append(point.Attributes.Slice(0, point.Attributes.Length));
        return OtlpStreams.KeyOf(_identity.Slice(0, _identity.Length));
    }

    /// <summary>Makes the series of a stream that is new, one for each of its values.</summary>
    private SeriesEntry[]? Describe(OtlpPoint point, out SeriesFault fault)
    {
        _labels.Clear();
        _labels.AddRange(_resourceLabels);
        if (_scope.Length > 0)
        {
            _labels.Add(KeyValuePair.Create(OtlpOptions.ScopeName, _scope));
        }

        _format.Read(point.Attributes.Slice(0, point.Attributes.Length), _labels);
        var series = new SeriesEntry[_members.Count];
        fault = SeriesFault.None;
        for (var i = 0; i < series.Length; i++)
        {
            if (Resolve(_members[i], out fault) is not { } entry)
            {
                return null;
            }

            series[i] = entry;
        }

        return series;
    }

    private SeriesEntry? Resolve(in PointMember member, out SeriesFault fault)
    {
        // A suffix must not give a name to what has none.
        var name = _metric.Name.Length == 0 ? "" : _metric.Name + member.Suffix;
        var labels = _labels.Count;
        if (member.Label is { } label)
        {
            _labels.Add(label);
        }

        var entry = _registry.ResolveEntry(name, CollectionsMarshal.AsSpan(_labels), member.UnitOf(_metric), member.SeriesKindOf(_metric), out fault);
        _labels.RemoveRange(labels, _labels.Count - labels);
        return entry;
    }

    private void Emit(OtlpPoint point, SeriesEntry[] series)
    {
        // A start behind the time itself says nothing.
        var start = point.StartNanoseconds <= point.TimeNanoseconds ? (long)point.StartNanoseconds : 0;
        for (var i = 0; i < series.Length; i++)
        {
            var kind = _members[i].ReadingKindOf(_metric);
            HasDifferences |= kind == ReadingKind.Difference;
            Readings.Add(new OtlpReading(series[i], start, (long)point.TimeNanoseconds, _members[i].Value, kind, BeginsPoint: i == 0));
        }
    }

    private void Identify(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        _identity.Advance(Varint.Write(_identity.GetSpan(5), (uint)length));
        Encoding.UTF8.GetBytes(text, _identity.GetSpan(length));
        _identity.Advance(length);
    }

    private static long Nanoseconds(DateTimeOffset instant) => (instant - DateTimeOffset.UnixEpoch).Ticks * 100;
}
