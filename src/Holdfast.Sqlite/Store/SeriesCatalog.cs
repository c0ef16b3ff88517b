using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// The series the writer knows, so that a sample costs no look-up in the file: their short keys, and the minute they were last marked for
/// the rollups. At most <see cref="SeriesMax"/>; beyond, it forgets all and learns again. Used by the writer alone.
/// </summary>
internal sealed class SeriesCatalog
{
    private const int SeriesMax = 200_000;

    private const string Select = "SELECT series_key FROM series WHERE series_id = ? AND name = ? AND labels = ? AND unit = ? AND kind = ?";

    // A series of another name under the same id (the ids are 64 bits of a hash) is not updated, and so returns no row.
    private const string Upsert =
        """
        INSERT INTO series (series_id, name, labels, unit, kind) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (series_id) DO UPDATE SET unit = excluded.unit, kind = excluded.kind
        WHERE name = excluded.name AND labels = excluded.labels
        RETURNING series_key
        """;

    private readonly Dictionary<long, KnownSeries> _known = [];
    private int _round;

    /// <summary>The series' entry; makes or updates its row when the catalog does not know it like that.</summary>
    public KnownSeries Resolve(SqliteDatabase database, SeriesDefinition series)
    {
        if (_known.TryGetValue(series.Id, out var known) && known.Unit == series.Unit && known.Kind == series.Kind)
        {
            return known;
        }

        var learnt = Learn(database, series);
        if (learnt.Refusal is null)
        {
            ForgetWhenFull();
            _known[series.Id] = learnt;
        }

        return learnt;
    }

    /// <summary>Notes that the minute is marked for the series; false when it was noted since <see cref="ForgetMarks"/> already.</summary>
    public bool NoteMark(KnownSeries known, long minute)
    {
        if (known.MarkedMinute == minute && known.MarkedInRound == _round)
        {
            return false;
        }

        known.MarkedMinute = minute;
        known.MarkedInRound = _round;
        return true;
    }

    /// <summary>After marks were taken from the file: the next sample of every series marks its minute again.</summary>
    public void ForgetMarks() => _round++;

    /// <summary>Forgets everything: after a write was taken back, and after a series was deleted.</summary>
    public void Forget() => _known.Clear();

    // Looked up before it is written: a restart must not rewrite the rows of all series.
    private static KnownSeries Learn(SqliteDatabase database, SeriesDefinition series)
    {
        using var select = BindSeries(database.Prepare(Select), series);
        return select.Step() ? KnownSeries.Of(select.Int64(0), series) : Put(database, series);
    }

    private static KnownSeries Put(SqliteDatabase database, SeriesDefinition series)
    {
        using var upsert = BindSeries(database.Prepare(Upsert), series);
        var code = upsert.TryStep(out var hasRow, out var message);
        if (code != 0)
        {
            return KnownSeries.Refused(series, SqliteResultCodes.RefusesRow(code) ? SqliteRefusal.From(code, message) : throw SqliteDatabase.Fault(code, message));
        }

        return hasRow
            ? KnownSeries.Of(upsert.Int64(0), series)
            : KnownSeries.Refused(series, new Refusal("series_id_taken", "series_id", null, $"Another series has the id {series.Id}."));
    }

    private static SqliteStatement BindSeries(SqliteStatement statement, SeriesDefinition series) => statement
        .Bind(1, series.Id).Bind(2, series.Name).Bind(3, series.LabelsJson).Bind(4, series.Unit).Bind(5, (long)series.Kind);

    private void ForgetWhenFull()
    {
        if (_known.Count >= SeriesMax)
        {
            _known.Clear();
        }
    }
}

/// <summary>A series as the writer knows it.</summary>
internal sealed class KnownSeries
{
    public required long Key { get; init; }
    public required string Unit { get; init; }
    public required SeriesKind Kind { get; init; }

    /// <summary>Why no sample of this series can be stored; null when they can.</summary>
    public Refusal? Refusal { get; private init; }

    /// <summary>Start of the minute marked last; samples mostly come minute by minute, so this saves nearly every mark.</summary>
    public long MarkedMinute { get; set; } = long.MinValue;
    public int MarkedInRound { get; set; }

    public static KnownSeries Of(long key, SeriesDefinition series) => new() { Key = key, Unit = series.Unit, Kind = series.Kind };

    public static KnownSeries Refused(SeriesDefinition series, Refusal refusal) =>
        new() { Key = 0, Unit = series.Unit, Kind = series.Kind, Refusal = refusal };
}
