using System.Buffers.Binary;

namespace Holdfast.Sqlite.Native;

/// <summary>
/// The pages of a database and of the committed part of its log, straight from the files (https://sqlite.org/fileformat2.html). For files
/// that SQLite itself does not open any more; what it returns is as damaged as they are.
/// </summary>
internal sealed class SqlitePages : IDisposable
{
    private const int LogHeaderBytes = 32;
    private const int FrameHeaderBytes = 24;

    private readonly FileStream _database;
    private readonly FileStream? _log;
    private readonly List<(long Page, long Offset)> _frames = [];
    private readonly Dictionary<long, long> _newestFrames = [];

    public SqlitePages(string path, int pageBytes)
    {
        PageBytes = pageBytes;
        _database = Open(path);
        try
        {
            _log = File.Exists(path + "-wal") ? Open(path + "-wal") : null;
            ReadFrames();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int PageBytes { get; }

    /// <summary>Whether a page may be another one with the log than in the database alone.</summary>
    public bool HasLog => _frames.Count > 0;

    /// <summary>Every image of every page, the newest first. The array is the same each time.</summary>
    public IEnumerable<byte[]> Images()
    {
        var page = new byte[PageBytes];
        for (var frame = _frames.Count - 1; frame >= 0; frame--)
        {
            if (TryRead(_log!, _frames[frame].Offset, page))
            {
                yield return page;
            }
        }

        for (var offset = 0L; offset < _database.Length; offset += PageBytes)
        {
            if (TryRead(_database, offset, page))
            {
                yield return page;
            }
        }
    }

    /// <summary>The newest image of a page, or the one in the database alone.</summary>
    public bool TryRead(long page, bool withLog, byte[] into)
    {
        if (withLog && _newestFrames.TryGetValue(page, out var frame))
        {
            return TryRead(_log!, frame, into);
        }

        return page > 0 && TryRead(_database, (page - 1) * PageBytes, into);
    }

    public void Dispose()
    {
        _database.Dispose();
        _log?.Dispose();
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static bool TryRead(FileStream file, long offset, byte[] into)
    {
        if (offset < 0 || offset + into.Length > file.Length)
        {
            return false;
        }

        file.Position = offset;
        file.ReadExactly(into);
        return true;
    }

    /// <summary>Frames count up to the last commit: those behind it were rolled back. Others than the present salts are of an earlier log.</summary>
    private void ReadFrames()
    {
        var header = new byte[LogHeaderBytes];
        if (_log is null || !TryRead(_log, 0, header) || BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8)) != PageBytes)
        {
            return;
        }

        var salts = header.AsSpan(16, 8).ToArray();
        var frame = new byte[FrameHeaderBytes];
        var committed = 0;
        for (var at = (long)LogHeaderBytes; TryRead(_log, at, frame) && frame.AsSpan(8, 8).SequenceEqual(salts); at += FrameHeaderBytes + PageBytes)
        {
            _frames.Add((BinaryPrimitives.ReadUInt32BigEndian(frame), at + FrameHeaderBytes));
            committed = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)) != 0 ? _frames.Count : committed;
        }

        _frames.RemoveRange(committed, _frames.Count - committed);
        foreach (var (page, offset) in _frames)
        {
            _newestFrames[page] = offset;
        }
    }
}
