namespace Holdfast.Sources;

/// <summary>Sizes of a file system in bytes.</summary>
internal readonly record struct FilesystemSize(long Total, long Free, long AvailableToUsers);

/// <summary>How the host source reaches the machine; tests hand over captured files.</summary>
internal interface IHostFiles
{
    /// <summary>The text of a file; null when it cannot be read.</summary>
    string? ReadText(string path);

    /// <summary>The size of the file system at a mount point; null when it cannot be asked.</summary>
    FilesystemSize? SizeOf(string mountPoint);
}

/// <summary>The files of this machine.</summary>
internal sealed class LocalHostFiles : IHostFiles
{
    public string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Containers and hardened kernels hide some of these: what they would say is absent.
            return null;
        }
    }

    public FilesystemSize? SizeOf(string mountPoint)
    {
        try
        {
            var drive = new DriveInfo(mountPoint);
            return new FilesystemSize(drive.TotalSize, drive.TotalFreeSpace, drive.AvailableFreeSpace);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Unmounted since the list was read, or not ours to see.
            return null;
        }
    }
}
