using Holdfast.Flags;

namespace Holdfast.Faults.Support;

/// <summary>A server that people watch, in a process and a directory of its own; over a database that it shares with others, or alone over its own store.</summary>
internal sealed class LiveNode : IAsyncDisposable
{
    // Of its log, in the output of a test that fails.
    private const int LogLinesMax = 60;

    private readonly string _name;
    private readonly FaultDirectory _directory = new();
    private ServerProcess? _server;

    public LiveNode(string name, FaultDatabase? database)
    {
        _name = name;
        Settings = new(StringComparer.Ordinal)
        {
            [FlagNames.Postgres] = database?.ConnectionString ?? "",
            [FlagNames.Node] = name,
            [FlagNames.Sources] = "",
            [FlagNames.CircuitBreakerTimeout] = "1",
        };
    }

    public Dictionary<string, string> Settings { get; }

    public ServerProcess Process => _server ?? throw new InvalidOperationException($"{_name} was not started.");

    public Uri Address => Process.Address;

    /// <summary>Starts it, again after it was killed, at the address that it had.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await LeaveAsync();
        _server = await ServerProcess.StartAsync(_directory.Data, Settings, cancellationToken);
        Settings[FlagNames.Port] = $"{Address.Port}";
    }

    /// <summary>kill -9, and waits until it is dead.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        Process.Kill();
        await Process.WaitForExitAsync(cancellationToken);
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
            TestContext.Current.TestOutputHelper?.WriteLine($"{_name}:\n{string.Join('\n', server.Log.Split('\n').TakeLast(LogLinesMax))}");
        }
    }
}
