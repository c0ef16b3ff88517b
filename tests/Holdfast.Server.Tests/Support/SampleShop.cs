using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Holdfast.Server.Tests.Support;

/// <summary>The sample application with Holdfast inside, as a user starts it, in a process and a directory of its own.</summary>
internal sealed partial class SampleShop : IAsyncDisposable
{
    private readonly DataDirectory _directory;
    private readonly Process _process;

    private SampleShop(DataDirectory directory, Process process) => (_directory, _process) = (directory, process);

    /// <summary>Reaches its record, through its proxy and below the prefix.</summary>
    public HttpClient Http { get; private set; } = new();

    /// <param name="postgres">Where it stores; null: in a file.</param>
    public static async Task<SampleShop> StartAsync(string? postgres = null)
    {
        var directory = new DataDirectory();
        var program = AppContext.BaseDirectory.Replace("/tests/Holdfast.Server.Tests/", "/samples/SelfHosted/", StringComparison.Ordinal);
        var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(program, "SelfHosted.dll")])
        {
            UseShellExecute = false,
            WorkingDirectory = directory.Path,
            RedirectStandardOutput = true,
            Environment = { ["SHOP_PORT"] = "0", ["DOOR_PORT"] = "0", ["HOLDFAST_POSTGRES"] = postgres ?? "" },
        })!;
        var shop = new SampleShop(directory, process);
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(Deadline.Token());
            shop.Http.BaseAddress = new Uri(Place().Match(line.ShouldNotBeNull()).Groups[1].Value);
            return shop;
        }
        catch
        {
            await shop.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Dispose();
    }

    [GeneratedRegex(@"its record at (\S+)")]
    private static partial Regex Place();
}
