using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>Encodes accepted rows into batches of limited rows and bytes; a row larger than a batch travels alone. Not thread-safe.</summary>
internal sealed class EventBatches(int rowsMax, int bytesMax) : IDisposable
{
    private readonly PooledBuffer _open = new(16 << 10);
    private readonly List<SpoolEntry> _closed = [];
    private int _openRows;

    public void Add(in EventRow row)
    {
        if (_openRows == rowsMax || (_openRows > 0 && _open.Length + EventCodec.SizeBytes(row) > bytesMax))
        {
            Close();
        }

        EventCodec.Write(_open, row);
        _openRows++;
    }

    /// <summary>All batches, in the order of their rows. Nothing is added afterwards.</summary>
    public IReadOnlyList<SpoolEntry> Finish()
    {
        if (_openRows > 0)
        {
            Close();
        }

        return _closed;
    }

    public void Dispose() => _open.Dispose();

    private void Close()
    {
        _closed.Add(new SpoolEntry(SpoolKind.Event, EventCodec.Version, _openRows, _open.TakeArray()));
        _openRows = 0;
    }
}
