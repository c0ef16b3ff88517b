using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// Deletes what is too old from a table that is clustered by series: series after series, a bounded number of rows at a time, going on
/// where it stopped. Used by the writer alone.
/// </summary>
internal sealed class SeriesSweep(string table, string timeColumn)
{
    private const int SeriesPerStep = 500;

    private readonly string _selectCut = $"SELECT {timeColumn} FROM {table} WHERE series_key = ? AND {timeColumn} < ? ORDER BY {timeColumn} LIMIT 1 OFFSET ?";
    private readonly string _delete = $"DELETE FROM {table} WHERE series_key = ? AND {timeColumn} < ?";
    private long _doneUpToKey;
    private long? _sweptHorizon;

    /// <summary>One step; there is more until every series was visited for this horizon.</summary>
    public PruneResult Step(SqliteDatabase database, long horizon, int rowsMax, Action<SqliteDatabase, long>? afterSeries = null)
    {
        if (_sweptHorizon == horizon)
        {
            return new PruneResult(0, More: false);
        }

        var keys = NextSeries(database);
        long deleted = 0;
        foreach (var key in keys)
        {
            deleted += DeleteBefore(database, key, horizon, rowsMax - (int)deleted, out var finished);
            if (!finished || deleted >= rowsMax)
            {
                return new PruneResult(deleted, More: true);
            }

            afterSeries?.Invoke(database, key);
            _doneUpToKey = key;
        }

        return new PruneResult(deleted, More: !EndOfRound(keys.Count, horizon));
    }

    private bool EndOfRound(int visited, long horizon)
    {
        if (visited == SeriesPerStep)
        {
            return false;
        }

        _doneUpToKey = 0;
        _sweptHorizon = horizon;
        return true;
    }

    private List<long> NextSeries(SqliteDatabase database)
    {
        var keys = new List<long>();
        using var rows = database.Prepare("SELECT series_key FROM series WHERE series_key > ? ORDER BY series_key LIMIT ?")
            .Bind(1, _doneUpToKey).Bind(2, SeriesPerStep);
        while (rows.Step())
        {
            keys.Add(rows.Int64(0));
        }

        return keys;
    }

    private int DeleteBefore(SqliteDatabase database, long seriesKey, long horizon, int rowsMax, out bool finished)
    {
        var cut = horizon;
        using (var row = database.Prepare(_selectCut).Bind(1, seriesKey).Bind(2, horizon).Bind(3, rowsMax))
        {
            finished = !row.Step();
            if (!finished)
            {
                cut = row.Int64(0);
            }
        }

        database.Prepare(_delete).Bind(1, seriesKey).Bind(2, cut).Run();
        return database.Changes;
    }
}
