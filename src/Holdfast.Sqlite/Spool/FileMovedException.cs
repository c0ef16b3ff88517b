namespace Holdfast.Sqlite.Spool;

/// <summary>A file of the spool was deleted, renamed or replaced under the running process. What is written to it now is gone with the process.</summary>
internal sealed class FileMovedException(string path) : IOException(
    $"{path} is no longer the file that was opened: it was deleted, renamed or replaced. Put it back, or stop the server, which then writes what waits into a new file, and start it again.");
