using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Holdfast.Server.Tests.Support;

/// <summary>
/// A real Prometheus on a free port of the loopback that scrapes one target every second, with its data in a directory of its own. It
/// ends with this process, however that ends.
/// </summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    // The shell watches both: a test run that is killed leaves no Prometheus behind.
    private const string Keeper =
        """
        parent=$1; shift
        /usr/bin/prometheus "$@" > /dev/null 2> "$0" & child=$!
        trap 'kill "$child"; exit' TERM
        while kill -0 "$parent" 2> /dev/null && kill -0 "$child" 2> /dev/null; do sleep 1; done
        kill "$child" 2> /dev/null
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("holdfast-prometheus-");
    private readonly Process _process;
    private readonly HttpClient _http;

    private PrometheusServer(Uri target)
    {
        Assert.True(File.Exists("/usr/bin/prometheus"), "prometheus is missing. As root: apt-get update && apt-get install -y prometheus");
        var port = FreePort();
        var config = Path.Combine(_directory.FullName, "prometheus.yml");
        File.WriteAllText(
            config,
            $$"""
            global: {scrape_interval: 1s, scrape_timeout: 1s}
            scrape_configs:
              - job_name: holdfast
                metrics_path: {{target.AbsolutePath}}
                static_configs: [{targets: ['{{target.Authority}}']}]
            """);
        _process = Process.Start(new ProcessStartInfo(
            "/bin/sh",
            [
                "-c", Keeper, Log, Environment.ProcessId.ToString(), $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(_directory.FullName, "data")}",
                $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
            ]))!;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(5) };
    }

    private string Log => Path.Combine(_directory.FullName, "log");

    /// <summary>Starts one and waits until its first scrape has gone well.</summary>
    public static async Task<PrometheusServer> ScrapingAsync(Uri target)
    {
        var server = new PrometheusServer(target);
        try
        {
            await server.ValueAsync("up{job=\"holdfast\"}", up => up == 1);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The value of a query with one result, when it is right.</summary>
    public async Task<double> ValueAsync(string query, Func<double, bool> isRight) =>
        (await Deadline.EventuallyAsync(() => AskAsync(query), found => found is { } value && isRight(value)))!.Value;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    /// <summary>Null while it has no answer: not started yet, or nothing scraped.</summary>
    private async Task<double?> AskAsync(string query)
    {
        _process.HasExited.ShouldBeFalse("Prometheus has ended: " + (File.Exists(Log) ? await File.ReadAllTextAsync(Log) : ""));
        try
        {
            using var answer = JsonDocument.Parse(await _http.GetStringAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}"));
            var result = answer.RootElement.GetProperty("data").GetProperty("result");
            return result.GetArrayLength() == 1 ? double.Parse(result[0].GetProperty("value")[1].GetString()!) : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
