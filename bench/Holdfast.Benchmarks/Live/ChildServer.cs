using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Benchmarks.Live;

/// <summary>A server that is a verb of this program, in a process of its own.</summary>
internal sealed class ChildServer : IServerUnderLoad
{
    private const string Announcement = "listening at ";

    private readonly Process _process;

    private ChildServer(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public long ResidentBytes => File.ReadLines($"/proc/{_process.Id}/status")
        .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.AsSpan(6, line.Length - 6 - 2).Trim(), CultureInfo.InvariantCulture) * 1_024).Single();

    /// <summary>Says where this process listens, to the one that has started it.</summary>
    public static void Announce(string address) => Console.WriteLine(Announcement + address);

    public static async Task<ChildServer> StartAsync(string verb)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Holdfast.Benchmarks.dll"), verb]) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["DOTNET_gcServer"] = "0"; // as ours runs
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(Announcement, StringComparison.Ordinal))
            {
                return new ChildServer(process, new Uri(line[Announcement.Length..]));
            }
        }

        throw new InvalidOperationException($"{verb} ended before it listened.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
