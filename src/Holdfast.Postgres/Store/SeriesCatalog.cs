using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Makes sure that the series of samples stand in the database before the samples do. Remembers which do, so that a sample costs no
/// look-up; only for a day, because the database is told once a day that a series is in use. At most <see cref="SeriesMax"/>; beyond, it
/// forgets all and learns again. Used by the writer alone.
/// </summary>
internal sealed class SeriesCatalog
{
    private const int SeriesMax = 200_000;
    private const string Savepoint = "series";

    private const string Given = "unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[]) AS g (series_id, name, labels, unit, kind)";

    private const string SelectKnown =
        "SELECT g.series_id FROM " + Given + """
         JOIN monitoring.series s USING (series_id)
        WHERE s.name = g.name AND s.labels = g.labels::jsonb AND s.unit = g.unit AND s.kind = g.kind AND s.last_used_on >= $6
        """;

    // A series of another name under the same id (the ids are 64 bits of a hash) is not updated, and so returns no row. All nodes take the
    // rows in the same order, so none waits for another in a circle.
    private const string Upsert =
        "INSERT INTO monitoring.series AS s (series_id, name, labels, unit, kind, last_used_on) SELECT g.series_id, g.name, g.labels::jsonb, g.unit, g.kind, $6::date FROM " + Given + """
         ORDER BY g.series_id
        ON CONFLICT (series_id) DO UPDATE
        SET unit = excluded.unit, kind = excluded.kind, last_used_on = greatest(s.last_used_on, excluded.last_used_on)
        WHERE s.name = excluded.name AND s.labels = excluded.labels
        RETURNING s.series_id
        """;

    private readonly Dictionary<long, (string Unit, SeriesKind Kind)> _known = [];
    private readonly List<SeriesDefinition> _learnt = [];
    private DateOnly _day;

    /// <summary>A write begins. What the one before entered and did not commit is not there.</summary>
    public void StartWrite() => _learnt.Clear();

    /// <summary>
    /// Enters the series that are not known to stand in the database. Returns those that it refuses, with the reason. What was entered
    /// is remembered only when <see cref="Confirm"/> says that the transaction was committed.
    /// </summary>
    public async ValueTask<IReadOnlyDictionary<SeriesDefinition, Refusal>> EnterAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IEnumerable<SeriesDefinition> series, DateOnly today, CancellationToken cancellationToken)
    {
        ForgetWhenOld(today);
        var refused = new Dictionary<SeriesDefinition, Refusal>();
        // In the order of ids, the halves of a refused wave too: two nodes that enter the same ones would wait for each other.
        var unknown = series.Where(s => !Knows(s)).Distinct().OrderBy(s => s.Id).ToList();
        foreach (var wave in WithoutSharedIds(unknown))
        {
            await EnterWaveAsync(connection, transaction, wave, refused, cancellationToken);
        }

        return refused;
    }

    public void Confirm()
    {
        foreach (var series in _learnt)
        {
            _known[series.Id] = (series.Unit, series.Kind);
        }

        _learnt.Clear();
    }

    private bool Knows(SeriesDefinition series) => _known.TryGetValue(series.Id, out var known) && known == (series.Unit, series.Kind);

    private void ForgetWhenOld(DateOnly today)
    {
        if (_day != today || _known.Count >= SeriesMax)
        {
            _known.Clear();
            _day = today;
        }
    }

    // One statement cannot touch a row twice, and two series may share an id, which is a hash.
    private static IEnumerable<List<SeriesDefinition>> WithoutSharedIds(List<SeriesDefinition> series) =>
        series.GroupBy(s => s.Id).SelectMany(same => same.Select((definition, wave) => (definition, wave)))
            .GroupBy(pair => pair.wave, pair => pair.definition).OrderBy(wave => wave.Key).Select(wave => wave.ToList());

    private async ValueTask EnterWaveAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, List<SeriesDefinition> series, Dictionary<SeriesDefinition, Refusal> refused,
        CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            // Looked up before they are written: a restart must not rewrite the rows of all series.
            var held = await RunAsync(connection, SelectKnown, series, cancellationToken);
            var missing = series.Where(s => !held.Contains(s.Id)).ToList();
            if (missing.Count > 0)
            {
                held.UnionWith(await RunAsync(connection, Upsert, missing, cancellationToken));
            }

            await transaction.ReleaseAsync(Savepoint, cancellationToken);
            NoteOutcome(series, held, refused);
        }
        catch (PostgresException fault) when (SqlStates.RefusesRow(fault))
        {
            await connection.ExecuteAsync($"ROLLBACK TO SAVEPOINT {Savepoint}; RELEASE SAVEPOINT {Savepoint}", cancellationToken);
            await EnterHalvesAsync(connection, transaction, series, new Refusal(fault.SqlState, fault.ConstraintName, fault.ColumnName, fault.MessageText), refused, cancellationToken);
        }
    }

    private async ValueTask EnterHalvesAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, List<SeriesDefinition> series, Refusal refusal,
        Dictionary<SeriesDefinition, Refusal> refused, CancellationToken cancellationToken)
    {
        if (series is [var only])
        {
            refused[only] = refusal;
            return;
        }

        var half = series.Count / 2;
        await EnterWaveAsync(connection, transaction, series[..half], refused, cancellationToken);
        await EnterWaveAsync(connection, transaction, series[half..], refused, cancellationToken);
    }

    private void NoteOutcome(List<SeriesDefinition> series, HashSet<long> held, Dictionary<SeriesDefinition, Refusal> refused)
    {
        foreach (var definition in series)
        {
            if (held.Contains(definition.Id))
            {
                _learnt.Add(definition);
            }
            else
            {
                refused[definition] = new Refusal("series_id_taken", "series_id", null, $"Another series has the id {definition.Id}.");
            }
        }
    }

    private async ValueTask<HashSet<long>> RunAsync(
        NpgsqlConnection connection, string sql, List<SeriesDefinition> series, CancellationToken cancellationToken) =>
    [
        .. await connection.QueryAsync(
            sql,
            row => row.GetInt64(0),
            cancellationToken,
            series.ConvertAll(s => s.Id).ToArray(),
            series.ConvertAll(s => s.Name).ToArray(),
            series.ConvertAll(s => s.LabelsJson).ToArray(),
            series.ConvertAll(s => s.Unit).ToArray(),
            series.ConvertAll(s => NameOf(s.Kind)).ToArray(),
            _day),
    ];

    /// <summary>The kind's name; one that is not known goes as its number, and is refused by the table.</summary>
    public static string NameOf(SeriesKind kind) => kind switch
    {
        SeriesKind.Gauge => "gauge",
        SeriesKind.Counter => "counter",
        _ => ((int)kind).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    public static SeriesKind KindOf(string name) => name == "counter" ? SeriesKind.Counter : SeriesKind.Gauge;
}
