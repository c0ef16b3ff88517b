using System.Text;
using Holdfast.Pipeline;

namespace Holdfast.Otlp;

/// <summary>Why a data point was not recorded.</summary>
internal enum PointFault
{
    /// <summary>Its name, labels or their number break a limit, or there are too many series; the series' fault says which.</summary>
    Series,

    /// <summary>It has no value, and no flag that says so.</summary>
    NoValue,

    /// <summary>A value is NaN or infinite, which no store and no JSON can say.</summary>
    NotFinite,

    /// <summary>It has no time.</summary>
    NoTime,

    /// <summary>It is older than samples are kept, or too far ahead.</summary>
    TimestampRange,

    /// <summary>A sum or histogram that says neither delta nor cumulative.</summary>
    Temporality,

    /// <summary>Bounds that do not ascend, counts that do not fit them, or a quantile that is none.</summary>
    Buckets,

    /// <summary>More buckets or quantiles than are taken.</summary>
    TooManyBuckets,

    /// <summary>A difference from a time that has been counted already.</summary>
    Stale,
}

/// <summary>Counts the data points of a request that were not recorded, by reason, with an example of each.</summary>
internal sealed class PointRejections
{
    private const int NameCharactersMax = 100;

    private readonly Dictionary<(PointFault Fault, SeriesFault Series), (long Count, string Example)> _byReason = [];

    public long Count { get; private set; }

    public void Add(PointFault fault, string metric, SeriesFault series = SeriesFault.None)
    {
        Count++;
        var (count, example) = _byReason.GetValueOrDefault((fault, series), (0, metric));
        _byReason[(fault, series)] = (count + 1, example);
    }

    /// <summary>One sentence for whoever runs the sender; empty when everything was recorded.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        foreach (var ((fault, series), (count, example)) in _byReason.OrderBy(reason => reason.Key))
        {
            text.Append(text.Length == 0 ? "Not recorded: " : "; ").Append(count).Append(' ').Append(Reason(fault, series))
                .Append(" (").Append(Shorten(example)).Append(')');
        }

        return text.Append(text.Length == 0 ? "" : ".").ToString();
    }

    private static string Reason(PointFault fault, SeriesFault series) => fault switch
    {
        PointFault.Series => Reason(series),
        PointFault.NoValue => "without a value",
        PointFault.NotFinite => "with a value that is not a finite number",
        PointFault.NoTime => "without a time",
        PointFault.TimestampRange => "older than samples are kept or too far in the future",
        PointFault.Temporality => "with neither delta nor cumulative temporality",
        PointFault.Buckets => "with buckets or quantiles that do not fit together",
        PointFault.TooManyBuckets => "with too many buckets or quantiles",
        PointFault.Stale => "with differences of a time that is counted already",
        _ => throw new InvalidOperationException($"Unknown fault {fault}."),
    };

    private static string Reason(SeriesFault fault) => fault switch
    {
        SeriesFault.Name => "with an empty or too long name",
        SeriesFault.LabelCount => "with too many labels",
        SeriesFault.LabelKey => "with an empty or too long label key",
        SeriesFault.LabelValue => "with a too long label value",
        SeriesFault.ActiveSeries => "of new series beyond the limit of active ones",
        SeriesFault.IdTaken => "of a series whose id is taken",
        _ => throw new InvalidOperationException($"Unknown fault {fault}."),
    };

    private static string Shorten(string name) => name.Length <= NameCharactersMax ? name : name[..NameCharactersMax] + "…";
}
