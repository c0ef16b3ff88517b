namespace Holdfast.Sqlite.Spool;

/// <summary>
/// Room that is given up when the disk is full, so that batches can still leave: even a deletion has to be written somewhere.
/// </summary>
internal sealed class ReserveFile(string path)
{
    public const int SizeBytes = 16 << 20;

    // Made only where there is plenty: a reserve that takes the last room is the fault it is to help against.
    private const long FreeBytesMin = 4L * SizeBytes;

    /// <summary>Whether there is anything to give up.</summary>
    public bool Exists => File.Exists(path);

    public void GiveUp() => File.Delete(path);

    /// <summary>Makes the reserve if it is missing and the disk has room. True when it was made.</summary>
    /// <exception cref="IOException">The disk has filled up meanwhile; nothing is left behind.</exception>
    public bool MakeIfRoom()
    {
        if (Exists || new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace < FreeBytesMin)
        {
            return false;
        }

        try
        {
            Fill();
            return true;
        }
        catch (IOException)
        {
            File.Delete(path);
            throw;
        }
    }

    // Written, not only sized: a sparse file reserves nothing.
    private void Fill()
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var zeros = new byte[1 << 20];
        for (var written = 0; written < SizeBytes; written += zeros.Length)
        {
            stream.Write(zeros);
        }
    }
}
