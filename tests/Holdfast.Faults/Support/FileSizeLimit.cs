using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Holdfast.Faults.Support;

/// <summary>
/// Bounds how far any file of a running process may grow. Beyond it a write fails (EFBIG), which is what a quota and a failing disk look
/// like; no right is needed for it. The process must have been started by <see cref="Launcher"/>: unless it ignores the signal that comes
/// with the failure, the signal ends it.
/// </summary>
internal static partial class FileSizeLimit
{
    private const int FileSize = 1;

    /// <summary>What stands before the command of a process that is to be limited.</summary>
    public static IReadOnlyList<string> Launcher { get; } = ["/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

    public static void Set(int processId, ulong bytes)
    {
        var limit = new Limit(bytes, ulong.MaxValue);
        if (SetLimit(processId, FileSize, in limit, 0) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    public static void Lift(int processId) => Set(processId, ulong.MaxValue);

    [LibraryImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    private static partial int SetLimit(int processId, int resource, in Limit limit, nint before);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limit(ulong Now, ulong Most);
}
