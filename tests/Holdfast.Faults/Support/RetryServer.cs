using System.Globalization;
using Holdfast.Flags;

namespace Holdfast.Faults.Support;

/// <summary>A server that executes retries, in a process and a directory of its own, over a database that it shares with others.</summary>
/// <param name="node">The name under which its leases stand in the database.</param>
internal sealed class RetryServer(string node, FaultDatabase database) : IAsyncDisposable
{
    public const int Workers = 8;

    // Of its log, in the output of a test that fails.
    private const int LogLinesMax = 60;

    private readonly FaultDirectory _directory = new();
    private ServerProcess? _server;

    public string Node => node;

    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal)
    {
        [FlagNames.Postgres] = database.ConnectionString,
        [FlagNames.Node] = node,
        [FlagNames.Sources] = "",
        [FlagNames.CircuitBreakerTimeout] = "1",
        [FlagNames.RetryWorkerCount] = $"{Workers}",
        [FlagNames.RetryTargetRate] = "0",
        [FlagNames.CallbackAllow] = "127.0.0.0/8",
    };

    public ServerProcess Process => _server ?? throw new InvalidOperationException($"{node} was not started.");

    /// <summary>Starts it, again after it was killed.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await LeaveAsync();
        _server = await ServerProcess.StartAsync(_directory.Data, Settings, cancellationToken);
    }

    /// <summary>What <c>/metrics</c> says of one of its counters since it was started; 0 when it has not counted yet.</summary>
    public async Task<double> CounterAsync(string name, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Process.Address };
        var lines = (await http.GetStringAsync(new Uri("metrics", UriKind.Relative), cancellationToken)).Split('\n');
        return lines.Where(line => line.StartsWith($"{name} ", StringComparison.Ordinal) || line.StartsWith($"{name}{{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        _directory.Dispose();
    }

    private async ValueTask LeaveAsync()
    {
        if (_server is { } server)
        {
            await server.DisposeAsync();
            TestContext.Current.TestOutputHelper?.WriteLine($"{node}:\n{string.Join('\n', server.Log.Split('\n').TakeLast(LogLinesMax))}");
        }
    }
}
