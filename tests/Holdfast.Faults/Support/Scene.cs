using System.Diagnostics;
using Holdfast.Flags;

namespace Holdfast.Faults.Support;

/// <summary>One data directory, the servers that live in it one after the other, and what they promised.</summary>
internal sealed class Scene : IAsyncDisposable
{
    /// <summary>Of the server's log, in the output of a test that fails.</summary>
    private const int LogLinesMax = 100;

    private readonly string _data;
    private ServerProcess? _server;
    private ServerApi? _api;

    /// <param name="dataDirectory">Elsewhere than in the scene's own directory: on a file system of its own.</param>
    public Scene(string? dataDirectory = null)
    {
        _data = dataDirectory ?? Directory.Data;
        Producer = new Producer(Obligations, new ProducerOptions { Seed = Scale.Seed() });
    }

    public FaultDirectory Directory { get; } = new();

    /// <summary>Samples come by themselves every second; without them a test knows each row by name.</summary>
    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal) { [FlagNames.Sources] = "" };

    /// <summary>The store is a database of PostgreSQL; null for the embedded one.</summary>
    public FaultDatabase? Database
    {
        get => field;
        init
        {
            field = value;
            Settings[FlagNames.Postgres] = value?.ConnectionString ?? "";

            // As it ships it is a minute, and then that minute is all that "first store after" would show.
            Settings[FlagNames.CircuitBreakerTimeout] = "1";
        }
    }

    /// <summary>What stands before the server's command; null for nothing.</summary>
    public IReadOnlyList<string>? Launcher { get; init; }

    public Obligations Obligations { get; } = new();

    public Producer Producer { get; }

    public ServerProcess Server => _server ?? throw new InvalidOperationException("No server was started.");

    public ServerApi Api => _api ?? throw new InvalidOperationException("No server was started.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await LeaveAsync();
        _server = ServerProcess.Launch(_data, Settings, Launcher);
        await _server.WhenListeningAsync(cancellationToken);
        _api = new ServerApi(_server.Address);
    }

    /// <summary>kill -9, and waits until it is dead.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        Server.Kill();
        await Server.WaitForExitAsync(cancellationToken);
    }

    /// <summary>SIGTERM; waits for the end and returns the exit code.</summary>
    public async Task<int> TerminateAsync(CancellationToken cancellationToken)
    {
        Server.Terminate();
        return await Server.WaitForExitAsync(cancellationToken);
    }

    public Task PostAsync(int parcels, int eventsEach) => Producer.PostAsync(Server.Address, parcels, eventsEach);

    /// <summary>Begins to post until the load is ended or the server is gone.</summary>
    public Load StartLoad(CancellationToken cancellationToken) => new(Producer, Server.Address, cancellationToken);

    /// <summary>Waits until so many more are acknowledged than at present.</summary>
    public Task WhenMoreAcknowledgedAsync(long count, CancellationToken cancellationToken) =>
        Obligations.WhenAcknowledgedAsync(Obligations.Count(Answer.Acknowledged) + count, cancellationToken);

    public Task<Verdict> JudgeAsync(CancellationToken cancellationToken) => Judge.DecideAsync(Api, Obligations, Database, cancellationToken);

    /// <summary>Posts an event, waits until it is stored, and returns how long that is after a moment.</summary>
    public async Task<TimeSpan> FirstStoreAsync(long since, CancellationToken cancellationToken)
    {
        var first = await Producer.PostOneAsync(Server.Address);
        await Api.WhenStoredAsync(first.ShouldNotBeNull($"The server does not take data:\n{Server.Log}"), cancellationToken);
        return Stopwatch.GetElapsedTime(since);
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        Directory.Dispose();
    }

    private async ValueTask LeaveAsync()
    {
        _api?.Dispose();
        if (_server is { } server)
        {
            await server.DisposeAsync();
            TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', server.Log.Split('\n').TakeLast(LogLinesMax)));
        }
    }
}
