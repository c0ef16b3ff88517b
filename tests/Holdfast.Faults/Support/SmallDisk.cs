using System.Diagnostics;

namespace Holdfast.Faults.Support;

/// <summary>A file system of its own with little room, in memory. Mounting takes root.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("holdfast-disk-").FullName;
    private readonly string _ballast;

    private SmallDisk() => _ballast = Path.Combine(_path, "ballast");

    public string Data => Path.Combine(_path, "data");

    public long FreeBytes => new DriveInfo(_path).AvailableFreeSpace;

    /// <summary>Null, with the reason, where mounting is not permitted.</summary>
    public static async Task<(SmallDisk? Disk, string Reason)> MountAsync(int megabytes, CancellationToken cancellationToken)
    {
        var disk = new SmallDisk();
        var reason = await RunAsync("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk._path], cancellationToken);
        if (reason.Length == 0)
        {
            return (disk, reason);
        }

        Directory.Delete(disk._path);
        return (null, reason);
    }

    /// <summary>Fills all that is free, again and again until told to stop: what the server gives up is taken, too.</summary>
    public async Task FillAsync(CancellationToken stop)
    {
        var block = new byte[64 << 10];
        await using var ballast = new FileStream(_ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await ballast.WriteAsync(block, CancellationToken.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public void Free() => File.Delete(_ballast);

    public async ValueTask DisposeAsync()
    {
        var reason = await RunAsync("umount", [_path], CancellationToken.None);
        reason.ShouldBeEmpty();
        Directory.Delete(_path);
    }

    /// <summary>Nothing when it went well, else what it said.</summary>
    private static async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var said = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? "" : $"{program} ended with {process.ExitCode}: {said.Trim()}";
    }
}
