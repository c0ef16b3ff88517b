using Holdfast.Spool;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Spool;

/// <summary>What is remembered of each store.</summary>
internal sealed class StoreTable(SqliteDatabase database)
{
    private readonly SqliteStatement _insert = database.Prepare("insert or ignore into stores (store_id, contiguous_mark, events_before, samples_before) values (?1, 0, ?2, ?3)");

    private readonly SqliteStatement _read = database.Prepare(
        "select events_before, samples_before from stores where store_id = ?1");

    /// <summary>What is remembered; of a store not seen before, that so many rows had been resolved elsewhere.</summary>
    public StoreMemory Remember(Guid storeId, long eventsBefore, long samplesBefore)
    {
        _insert.Bind(1, storeId).Bind(2, eventsBefore).Bind(3, samplesBefore).Run();
        using var known = _read.Bind(1, storeId);
        return known.Step() ? new StoreMemory(known.Int64(0), known.Int64(1)) : default;
    }
}
