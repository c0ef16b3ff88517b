using Holdfast.Flags;
using Holdfast.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Holdfast.Faults.Support;

/// <summary>The whole server in this process, on a real port, with a clock that a test sets: nobody sets the machine's.</summary>
internal sealed class ClockedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly FaultDirectory _directory;
    private readonly FaultDatabase? _database;

    private ClockedServer(WebApplication app, FaultDirectory directory, FaultDatabase? database)
    {
        (_app, _directory, _database) = (app, directory, database);
        Address = new Uri(app.Urls.Single() + "/");
        Api = new ServerApi(Address);
        Producer = new Producer(Obligations, new ProducerOptions { Seed = Scale.Seed() });
    }

    public Uri Address { get; }

    public SettableClock Clock { get; private init; } = new();

    public Obligations Obligations { get; } = new();

    public Producer Producer { get; }

    public ServerApi Api { get; }

    /// <param name="database">Null for the embedded store.</param>
    public static async Task<ClockedServer> StartAsync(FaultDatabase? database, CancellationToken cancellationToken)
    {
        var (clock, directory) = (new SettableClock(), new FaultDirectory());
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [FlagNames.Data] = directory.Data,
            [FlagNames.Port] = "0",
            [FlagNames.Sources] = "",
            [FlagNames.CircuitBreakerTimeout] = "1",
        };
        if (database is not null)
        {
            settings[FlagNames.Postgres] = database.ConnectionString;
        }

        var app = ServerHost.Build(
            FlagManager.Load(ServerHost.Schema, new FlagSources { Variables = settings }),
            services => services.AddSingleton<TimeProvider>(clock).RemoveAll<ILoggerProvider>());
        await app.StartAsync(cancellationToken);
        return new ClockedServer(app, directory, database) { Clock = clock };
    }

    public Task<Verdict> JudgeAsync(CancellationToken cancellationToken) => Judge.DecideAsync(Api, Obligations, _database, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
    }
}
