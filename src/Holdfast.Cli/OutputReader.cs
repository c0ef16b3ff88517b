using System.Runtime.InteropServices;

namespace Holdfast.Cli;

/// <summary>
/// Whoever reads the standard output, where that is a pipe. A verb that streams ends when nobody reads any more, as behind <c>| head</c>. The
/// runtime takes a write into such a pipe for done, so it is asked for; Windows cannot be asked, and there Ctrl+C ends it.
/// </summary>
internal static partial class OutputReader
{
    private const int StandardOutput = 1;
    private const short AnyFault = 0x08 | 0x10 | 0x20; // POLLERR, POLLHUP, POLLNVAL

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    public static bool IsGone
    {
        get
        {
            var output = new Descriptor { Number = StandardOutput };
            return !OperatingSystem.IsWindows() && Poll(ref output, 1, timeout: 0) > 0 && (output.Found & AnyFault) != 0;
        }
    }

    /// <summary>Does the work for as long as somebody reads; then it is told to stop, and all is as it should be.</summary>
    public static async Task<int> WhileThereAsync(Func<CancellationToken, Task<int>> work, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var done = work(end.Token);
        while (await Task.WhenAny(done, Task.Delay(Period, CancellationToken.None)) != done)
        {
            if (IsGone)
            {
                await end.CancelAsync();
                await ((Task)done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return ExitCode.Done;
            }
        }

        return await done;
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref Descriptor first, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct Descriptor
    {
        public int Number;
        public short Wanted;
        public short Found;
    }
}
