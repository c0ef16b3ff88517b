using System.Diagnostics;
using System.Globalization;
using Holdfast.Spool;

namespace Holdfast.Sqlite.Spool;

/// <summary>
/// Keeps a second process out of the data directory. The operating system frees the lock with the process, however it ends, so a stale
/// file never keeps anybody out.
/// </summary>
internal sealed class SpoolLock : IDisposable
{
    private readonly FileStream _stream;

    private SpoolLock(FileStream stream) => _stream = stream;

    /// <exception cref="SpoolStartException">Another process has the directory, or it cannot be written.</exception>
    public static SpoolLock Take(SpoolPaths paths)
    {
        CreateDirectory(paths);
        try
        {
            var held = new SpoolLock(new FileStream(paths.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            NoteHolder(paths);
            return held;
        }
        catch (UnauthorizedAccessException denied)
        {
            throw NotWritable(paths, denied);
        }
        catch (IOException shared) when (File.Exists(paths.Lock) && !IsFull(shared))
        {
            throw new SpoolStartException(
                $"The data directory '{paths.Directory}' is in use by process {Holder(paths)}: stop it, or give this one a directory of its own (HOLDFAST_DATA).",
                shared);
        }
        catch (IOException failed)
        {
            throw NotWritable(paths, failed);
        }
    }

    public void Dispose() => _stream.Dispose();

    private static void CreateDirectory(SpoolPaths paths)
    {
        try
        {
            Directory.CreateDirectory(paths.Directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(paths, exception);
        }
    }

    private static void NoteHolder(SpoolPaths paths)
    {
        try
        {
            File.WriteAllText(paths.Holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It costs a second process the number in its message, and this one nothing: the lock is what counts.
            Debug.WriteLine(exception.Message);
        }
    }

    private static string Holder(SpoolPaths paths)
    {
        try
        {
            var text = File.ReadAllText(paths.Holder).Trim();
            return text.Length > 0 ? text : "(unknown)";
        }
        catch (IOException)
        {
            return "(unknown)";
        }
    }

    // The low 16 bits carry errno on Unix (28: ENOSPC) and the Win32 error on Windows (112: ERROR_DISK_FULL).
    private static bool IsFull(IOException exception) => (exception.HResult & 0xFFFF) is 28 or 112;

    private static SpoolStartException NotWritable(SpoolPaths paths, Exception inner) => new(
        $"The data directory '{paths.Directory}' cannot be written ({inner.Message.TrimEnd('.')}): make it writable for this user, or name another one (HOLDFAST_DATA).",
        inner);
}
