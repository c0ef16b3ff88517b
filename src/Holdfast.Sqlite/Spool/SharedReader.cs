using Holdfast.Spool;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Spool;

/// <summary>
/// The one reading connection, opened when first needed, used by one reader at a time. Whoever replaces the file holds the gate meanwhile.
/// </summary>
internal sealed class SharedReader(SpoolPaths paths) : IDisposable
{
    private SqliteDatabase? _database;
    private SpoolReader? _reader;

    /// <summary>Held while reading, and while the file is being replaced.</summary>
    public Lock Gate { get; } = new();

    /// <summary>See <see cref="SpoolReader.Read"/>.</summary>
    public IReadOnlyList<long> Read(long after, long upTo, SpoolRead read, BatchSelection selection)
    {
        lock (Gate)
        {
            return ReaderNeedsLock().Read(after, upTo, read, selection);
        }
    }

    /// <summary>Lets go of the file; the next read opens it anew.</summary>
    public void CloseNeedsLock()
    {
        _database?.Dispose();
        (_database, _reader) = (null, null);
    }

    public void Dispose()
    {
        lock (Gate)
        {
            CloseNeedsLock();
        }
    }

    private SpoolReader ReaderNeedsLock()
    {
        if (_reader is null)
        {
            _database = SqliteDatabase.OpenReadOnly(paths.Database);
            _database.Execute("pragma busy_timeout = 2000; pragma cache_size = -1024");
            _reader = new SpoolReader(_database);
        }

        return _reader;
    }
}
