using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>Publishing to a hosted project, in whose place another server stands that behaves as one, and worse.</summary>
public sealed class HostedProjectTests
{
    private const int TimeoutMs = 120_000;

    // One who waits for each answer may be slower on a busy machine than the limit is.
    private const int Others = 4;

    private const string Key = "sb_secret_not_to_be_seen_in_any_log";

    [Fact(Timeout = TimeoutMs)]
    public async Task A_project_whose_limit_others_use_up_is_published_to_slowly_and_gets_everything()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var pair = await ProjectPair.StartAsync(stop);
        await pair.PostAsync(20, stop);
        await pair.WhenToldAsync(20, stop);

        using var flooding = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var flood = Task.WhenAll(Enumerable.Range(0, Others).Select(_ => FloodAsync(pair.Project.Address, flooding.Token)));
        await UntilAsync(async () => await pair.PostAsync(5, stop) && await pair.MetricAsync("holdfast_supabase_requests_total{outcome=\"throttled\"}", stop) >= 1, stop);
        await flooding.CancelAsync();
        await flood;
        await pair.WhenToldAsync(pair.Posted, stop);

        pair.Watcher.Sequences.ShouldBe(Enumerable.Range(1, pair.Posted).Select(n => (long)n));
        pair.Server.Log.ShouldContain("The project throttles (429).");
        pair.Server.Log.ShouldNotContain(Key);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_project_that_is_killed_leads_pages_back_to_the_websocket_and_gets_what_it_missed_when_it_is_back()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var pair = await ProjectPair.StartAsync(stop);
        await pair.PostAsync(20, stop);
        await pair.WhenToldAsync(20, stop);
        var before = await pair.EffectiveAsync(stop);

        pair.Project.Kill();
        await pair.PostAsync(20, stop);
        await UntilAsync(async () => await pair.EffectiveAsync(stop) == "websocket", stop);
        await pair.PostAsync(20, stop);
        await pair.RestartProjectAsync(stop);
        await UntilAsync(async () => await pair.EffectiveAsync(stop) == "supabase", stop);
        await pair.PostAsync(20, stop);
        await UntilAsync(async () => await pair.MetricAsync("holdfast_adapter_events_total{adapter=\"supabase\"}", stop) >= 80, stop);
        await pair.WhenToldAsync(40, stop);

        before.ShouldBe("supabase");
        (await pair.MetricAsync("holdfast_supabase_dropped_events_total", stop)).ShouldBe(0);
        pair.Watcher.Sequences.Take(20).ShouldBe(Enumerable.Range(1, 20).Select(n => (long)n));
        pair.Watcher.Sequences.ShouldBeInOrder(SortDirection.Ascending);
        pair.Server.Log.ShouldContain("The project cannot be published to");
        pair.Server.Log.ShouldContain("The project is published to again.");
        pair.Server.Log.ShouldNotContain(Key);
        pair.Project.Log.ShouldNotContain(Key);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_project_that_stands_still_holds_up_neither_producers_nor_the_leaving_process()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var pair = await ProjectPair.StartAsync(stop);
        await pair.PostAsync(1, stop);
        await pair.WhenToldAsync(1, stop);
        pair.Project.Freeze();
        try
        {
            for (var i = 0; i < 50; i++)
            {
                (await pair.PostAsync(20, stop)).ShouldBeTrue();
            }

            pair.Server.Terminate();
            (await pair.Server.WaitForExitAsync(stop)).ShouldBe(0, pair.Server.Log);
        }
        finally
        {
            pair.Project.Thaw();
        }

        pair.Server.Log.ShouldContain("spooled=0 dead_lettered=0 dropped=0");
    }

    /// <summary>Uses up the limit of the project as somebody else with the same key would.</summary>
    private static async Task FloodAsync(Uri project, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = project };
        var body = new { messages = new[] { new { topic = "noise", @event = "x", payload = new { } } } }; // one by one, so that none is left
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                (await http.PostAsJsonAsync("realtime/v1/api/broadcast", body, cancellationToken)).Dispose();
                await Task.Delay(TimeSpan.FromMilliseconds(2), cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo, CancellationToken cancellationToken)
    {
        while (!await isSo())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    /// <summary>A server, the project it publishes to, each a process, and somebody who watches there.</summary>
    private sealed class ProjectPair : IAsyncDisposable
    {
        private readonly FaultDirectory _serverDirectory = new();
        private readonly FaultDirectory _projectDirectory = new();
        private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(20) };
        private readonly Dictionary<string, string> _projectSettings;

        private ProjectPair(int port) => _projectSettings = new(StringComparer.Ordinal)
        {
            ["PORT"] = $"{port}",
            ["HOLDFAST_REALTIME_HOSTED"] = "true",
            ["HOLDFAST_SOURCES"] = "",
        };

        public ServerProcess Server { get; private set; } = null!;

        public ServerProcess Project { get; private set; } = null!;

        public ProjectWatcher Watcher { get; private set; } = null!;

        /// <summary>Events that were taken.</summary>
        public int Posted { get; private set; }

        public static async Task<ProjectPair> StartAsync(CancellationToken cancellationToken)
        {
            var pair = new ProjectPair(FreePort());
            pair.Project = await ServerProcess.StartAsync(pair._projectDirectory.Data, pair._projectSettings, cancellationToken);
            pair.Server = await ServerProcess.StartAsync(
                pair._serverDirectory.Data,
                new Dictionary<string, string>
                {
                    ["SUPABASE_URL"] = pair.Project.Address.ToString(),
                    ["SUPABASE_SERVICE_ROLE_KEY"] = Key,
                    ["HOLDFAST_SOURCES"] = "",
                },
                cancellationToken);
            pair.Watcher = new ProjectWatcher(pair.Project.Address);
            await pair.Server.WhenSaysAsync("Broadcasts may be published to 127.0.0.1, topic holdfast.", cancellationToken);
            await UntilAsync(() => Task.FromResult(pair.Watcher.Joined), cancellationToken);
            return pair;
        }

        public async Task RestartProjectAsync(CancellationToken cancellationToken)
        {
            await Project.DisposeAsync();
            Project = await ServerProcess.StartAsync(_projectDirectory.Data, _projectSettings, cancellationToken);
            await UntilAsync(() => Task.FromResult(Watcher.Joined), cancellationToken);
        }

        public async Task<bool> PostAsync(int events, CancellationToken cancellationToken)
        {
            var body = Enumerable.Range(0, events).Select(i => new { event_type = "order.placed", data = new { i } });
            using var answer = await _http.PostAsJsonAsync(new Uri(Server.Address, "api/events"), body, cancellationToken);
            var accepted = answer.StatusCode == HttpStatusCode.Accepted;
            Posted += accepted ? events : 0;
            return accepted;
        }

        /// <summary>Waits until the watcher at the project was told so many.</summary>
        public Task WhenToldAsync(int events, CancellationToken cancellationToken) =>
            UntilAsync(() => Task.FromResult(Watcher.Sequences.Distinct().Count() >= events), cancellationToken);

        public async Task<string?> EffectiveAsync(CancellationToken cancellationToken) =>
            (await _http.GetFromJsonAsync<JsonElement>(new Uri(Server.Address, "status"), cancellationToken)).GetProperty("status").GetProperty("adapter_effective").GetString();

        public async Task<double> MetricAsync(string name, CancellationToken cancellationToken)
        {
            var text = await _http.GetStringAsync(new Uri(Server.Address, "metrics"), cancellationToken);
            var line = text.Split('\n').First(line => line.StartsWith(name, StringComparison.Ordinal));
            return double.Parse(line[(line.LastIndexOf(' ') + 1)..]);
        }

        public async ValueTask DisposeAsync()
        {
            await Watcher.DisposeAsync();
            await Server.DisposeAsync();
            await Project.DisposeAsync();
            _http.Dispose();
            _serverDirectory.Dispose();
            _projectDirectory.Dispose();
        }

        // The project comes back where it was.
        private static int FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}
