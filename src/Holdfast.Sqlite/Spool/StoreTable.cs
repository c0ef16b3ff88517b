using Holdfast.Spool;

namespace Holdfast.Sqlite.Spool;

/// <summary>What is remembered of each store.</summary>
internal sealed class StoreTable(SpoolConnection connection)
{
    private readonly SpoolStatement _insert = connection.Prepare("insert or ignore into stores values (?1, 0, ?2, ?3)");

    private readonly SpoolStatement _read = connection.Prepare(
        "select contiguous_mark, events_before, samples_before from stores where store_id = ?1");

    private readonly SpoolStatement _note = connection.Prepare("update stores set contiguous_mark = ?2 where store_id = ?1");

    /// <summary>What is remembered; of a store not seen before, that so many rows had been resolved elsewhere.</summary>
    public StoreMemory Remember(Guid storeId, long eventsBefore, long samplesBefore)
    {
        _insert.Bind(1, storeId);
        _insert.Bind(2, eventsBefore);
        _insert.Bind(3, samplesBefore);
        _insert.Run();
        _read.Bind(1, storeId);
        var memory = _read.Step() ? new StoreMemory(_read.Int64(0), _read.Int64(1), _read.Int64(2)) : default;
        _read.Reset();
        return memory;
    }

    public void Note(Guid storeId, long contiguousMark)
    {
        _note.Bind(1, storeId);
        _note.Bind(2, contiguousMark);
        _note.Run();
    }
}
