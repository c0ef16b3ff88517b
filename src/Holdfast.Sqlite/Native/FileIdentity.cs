using System.Runtime.InteropServices;

namespace Holdfast.Sqlite.Native;

/// <summary>
/// Which file a name stands for at this moment. A process goes on writing into a file whose name was deleted, renamed or given to another
/// one, and the system says nothing: only a comparison of identities does. On Linux device and inode; elsewhere no more than whether the
/// name is there (Windows keeps an open database from being moved anyway).
/// </summary>
internal readonly partial record struct FileIdentity(ulong Device, ulong Inode)
{
    private const int CurrentDirectory = -100;
    private const uint WantInode = 0x100;

    /// <summary>Null when there is no such file, or it cannot be reached.</summary>
    public static FileIdentity? Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return File.Exists(path) ? default(FileIdentity) : null;
        }

        return Statx(CurrentDirectory, path, 0, WantInode, out var status) == 0
            ? new FileIdentity(((ulong)status.DeviceMajor << 32) | status.DeviceMinor, status.Inode)
            : null;
    }

    // statx, because its structure is the same on every architecture; that of stat is not.
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, out Status status);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private readonly struct Status
    {
        [FieldOffset(32)]
        public readonly ulong Inode;

        [FieldOffset(136)]
        public readonly uint DeviceMajor;

        [FieldOffset(140)]
        public readonly uint DeviceMinor;
    }
}

/// <summary>Notes which files stand under some names, and tells whether they still do.</summary>
internal sealed class FileWatch(params string[] paths)
{
    private readonly FileIdentity?[] _noted = Array.ConvertAll(paths, path => FileIdentity.Of(path));

    /// <summary>The first name that no longer stands for the file it did; null when all do. Some microseconds.</summary>
    public string? FindMoved()
    {
        for (var i = 0; i < paths.Length; i++)
        {
            if (FileIdentity.Of(paths[i]) != _noted[i])
            {
                return paths[i];
            }
        }

        return null;
    }
}
