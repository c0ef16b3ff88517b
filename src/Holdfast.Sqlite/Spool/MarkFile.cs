using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Sqlite.Spool;

/// <summary>
/// <c>spool.mark</c>: the high-water mark in two slots that are written in turn, each on a page of its own, so that a torn write never
/// costs both. Used by the writer only.
/// </summary>
internal sealed class MarkFile(string path) : IDisposable
{
    private const int SlotBytes = 4_096;

    // Behind the slots, on a page of its own.
    private const long TrailingOffset = 2 * SlotBytes;

    private readonly byte[] _buffer = new byte[SpoolMarkCodec.SizeBytes];
    private SafeFileHandle? _handle;
    private FileIdentity? _identity;
    private ulong _generation;

    /// <summary>The newest whole mark; null when there is none.</summary>
    public SpoolMark? Current { get; private set; }

    /// <summary>
    /// Whether acknowledgements may have gone beyond the mark: a run that writes it once a second, not every time, has not ended in order.
    /// </summary>
    public bool MayTrail { get; private set; }

    /// <summary>Reads the mark and makes the file if it is not there.</summary>
    public static MarkFile Open(string path)
    {
        var file = new MarkFile(path);
        file.ReadSlots(file._handle = file.OpenHandle());
        return file;
    }

    /// <summary>Looks at a mark without making, keeping or locking anything.</summary>
    public static SpoolMark? Peek(string path)
    {
        using var file = new MarkFile(path);
        if (File.Exists(path))
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            file.ReadSlots(handle);
        }

        return file.Current;
    }

    /// <summary>Writes and syncs the mark over the older slot.</summary>
    /// <exception cref="IOException">The mark may not be on disk. The file is opened anew for the next one, because a sync that failed once proves nothing when repeated.</exception>
    public void Write(SpoolMark mark)
    {
        try
        {
            var handle = HandleInPlace();
            SpoolMarkCodec.Write(_buffer, _generation + 1, mark);
            RandomAccess.Write(handle, _buffer, SlotOffset(_generation + 1));
            RandomAccess.FlushToDisk(handle);
            _generation++;
            Current = mark;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Writes and syncs <see cref="MayTrail"/>.</summary>
    /// <exception cref="IOException">It may not be on disk.</exception>
    public void NoteTrailing(bool mayTrail)
    {
        if (mayTrail == MayTrail)
        {
            return;
        }

        var handle = HandleInPlace();
        WriteTrailing(handle, mayTrail);
        RandomAccess.FlushToDisk(handle);
        MayTrail = mayTrail;
    }

    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
    }

    private static long SlotOffset(ulong generation) => (long)(generation & 1) * SlotBytes;

    private static void WriteTrailing(SafeFileHandle handle, bool mayTrail) =>
        RandomAccess.Write(handle, [mayTrail ? (byte)1 : (byte)0], TrailingOffset);

    private SafeFileHandle OpenHandle(FileMode mode = FileMode.OpenOrCreate)
    {
        var handle = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.Read);
        _identity = FileIdentity.Of(path);
        return handle;
    }

    /// <summary>The mark is known in memory, so one that was deleted or exchanged is simply made anew.</summary>
    private SafeFileHandle HandleInPlace()
    {
        if (_handle is not null && FileIdentity.Of(path) == _identity)
        {
            return _handle;
        }

        var moved = _handle is not null;
        Dispose();
        _handle = OpenHandle(moved ? FileMode.Create : FileMode.OpenOrCreate);
        if (moved)
        {
            WriteTrailing(_handle, MayTrail);
        }

        return _handle;
    }

    private void ReadSlots(SafeFileHandle handle)
    {
        for (var slot = 0UL; slot < 2; slot++)
        {
            var length = RandomAccess.Read(handle, _buffer, SlotOffset(slot));
            if (SpoolMarkCodec.Read(_buffer.AsSpan(0, length)) is { } read && read.Generation > _generation)
            {
                (_generation, Current) = read;
            }
        }

        MayTrail = RandomAccess.Read(handle, _buffer.AsSpan(0, 1), TrailingOffset) == 1 && _buffer[0] != 0;
    }
}
