using Holdfast.Lifecycle;
using Microsoft.Extensions.Logging;

namespace Holdfast.Flags;

/// <summary>
/// Follows <c>flags.override.json</c>. The notice of the file system makes a change quick, the poll makes it certain: a notice can get
/// lost, and some file systems give none. Needs no database.
/// </summary>
internal sealed class OverrideFileWatcher(FlagManager flags, TimeProvider time, ILogger<OverrideFileWatcher> logger) : ILoop
{
    /// <summary>An operator in an emergency should not have to wait longer, and reading a small file costs nothing.</summary>
    public static readonly TimeSpan PollPeriod = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private string? _applied;
    private string? _unfinished;
    private string? _complaint;

    public string Name => "flag overrides";

    /// <summary>Ends only by cancellation.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var notices = Subscribe();
        using var poll = new PeriodicTimer(PollPeriod, time);
        do
        {
            Look(poll: true);
        }
        while (await poll.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>Reads the file and takes what has changed.</summary>
    /// <param name="poll">True for the looks at a steady pace; only they can tell a wrong file from one that is being written.</param>
    internal void Look(bool poll)
    {
        lock (_gate)
        {
            try
            {
                TakeNeedsLock(JsonFile.ReadText(flags.OverridePath), poll);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                ComplainNeedsLock($"cannot be read: {fault.Message}");
            }
        }
    }

    private void TakeNeedsLock(string? text, bool poll)
    {
        if (text == _applied)
        {
            (_unfinished, _complaint) = (null, null);
            return;
        }

        // No file: the override is withdrawn.
        var (root, fault) = text is null ? (null, null) : JsonFile.Parse(text);
        if (fault is not null)
        {
            JudgeUnfinishedNeedsLock(text!, fault, poll);
            return;
        }

        (_applied, _unfinished, _complaint) = (text, null, null);
        flags.Replace(FlagOrigin.Override, root is { } read ? OverrideLayer.Read(flags.Schema, read) : FlagLayer.Empty);
    }

    /// <summary>A file that is being written is not yet JSON. Only what is the same at two polls is wrong, and worth a warning.</summary>
    private void JudgeUnfinishedNeedsLock(string text, string fault, bool poll)
    {
        if (poll && text == _unfinished)
        {
            ComplainNeedsLock(fault);
        }

        _unfinished = poll ? text : _unfinished;
    }

    private void ComplainNeedsLock(string message)
    {
        if (message != _complaint)
        {
            _complaint = message;
            logger.Refused(OverrideLayer.FileName, flags.OverridePath, message);
        }
    }

    private FileSystemWatcher? Subscribe()
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(flags.OverridePath))!;
        try
        {
            // Names only: the spool and the store write in the same directory all the time, and a notice of each write would cost more than
            // the second that a file edited in place waits for the poll.
            var notices = new FileSystemWatcher(directory, OverrideLayer.FileName) { NotifyFilter = NotifyFilters.FileName };
            notices.Created += (_, _) => Look(poll: false);
            notices.Deleted += (_, _) => Look(poll: false);
            notices.Renamed += (_, _) => Look(poll: false);
            notices.EnableRaisingEvents = true;
            return notices;
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or PlatformNotSupportedException or UnauthorizedAccessException)
        {
            // The directory is not there yet, or the user's number of watches is used up: the poll does it alone.
            logger.NotWatched(fault, flags.OverridePath, PollPeriod);
            return null;
        }
    }
}
