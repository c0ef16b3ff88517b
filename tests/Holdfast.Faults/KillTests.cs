using System.Diagnostics;
using Holdfast.Faults.Support;
using Holdfast.Flags;

namespace Holdfast.Faults;

/// <summary>kill -9 at any moment costs nothing that was acknowledged, and needs nobody to mend anything.</summary>
public sealed class KillTests(FaultReport report, FaultPostgres postgres)
{
    private const int TimeoutMs = 20 * 60_000;
    private static readonly TimeSpan LeaveMax = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LifeMax = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan StartMax = TimeSpan.FromMilliseconds(1_500);

    private readonly Obligations _obligations = new();
    private readonly List<TimeSpan> _firstStores = [];

    [Fact(Timeout = TimeoutMs)]
    public Task Kills_at_random_points_under_load_lose_nothing_and_store_nothing_twice() =>
        KillAsync("kill -9 under load", Scale.Of(20, 200), []);

    [Fact(Timeout = TimeoutMs)]
    public Task What_is_only_handed_to_the_operating_system_survives_a_kill_too() =>
        KillAsync("kill -9, durability process", Scale.Of(5, 50), new() { [FlagNames.Durability] = "process" });

    [Fact(Timeout = TimeoutMs)]
    public async Task Kills_lose_nothing_and_store_nothing_twice_in_postgresql_either()
    {
        var database = await postgres.DatabaseAsync();

        await KillAsync("PostgreSQL: kill -9 of the server under load", Scale.Of(4, 20), new() { [FlagNames.Postgres] = database.ConnectionString }, database);
    }

    private async Task KillAsync(string fault, int kills, Dictionary<string, string> settings, FaultDatabase? database = null)
    {
        var stop = TestContext.Current.CancellationToken;
        var seed = Scale.Seed();
        var random = new Random(seed);
        using var directory = new FaultDirectory();

        for (var kill = 0; kill < kills; kill++)
        {
            await LiveAndDieAsync(directory, settings, random, stop);
        }

        // The last one lives, so there is a first store to tell even if every other server died before its own.
        var launched = Stopwatch.GetTimestamp();
        await using var server = await ServerProcess.StartAsync(directory.Data, settings, stop);
        using var api = new ServerApi(server.Address);
        await NoteFirstStoreAsync(api, new Producer(_obligations, new ProducerOptions { Seed = seed }), server.Address, launched, stop);
        var verdict = await Judge.DecideAsync(api, _obligations, database, stop);
        report.Add(fault, kills, verdict, _firstStores);
        verdict.ShouldBeClean($"seed {seed}");
        _firstStores.ShouldNotBeEmpty();
    }

    private async Task LiveAndDieAsync(FaultDirectory directory, Dictionary<string, string> settings, Random random, CancellationToken stop)
    {
        var launched = Stopwatch.GetTimestamp();
        await using var server = ServerProcess.Launch(directory.Data, settings);

        // One in five dies while it starts: recovery itself may be cut off anywhere.
        if (random.Next(5) == 0)
        {
            await Task.Delay(random.NextDouble() * StartMax, stop);
            server.Kill();
            return;
        }

        await server.WhenListeningAsync(stop);
        using var api = new ServerApi(server.Address);
        var producer = new Producer(_obligations, new ProducerOptions { Seed = random.Next() });
        var before = _obligations.Count(Answer.Acknowledged);
        var load = producer.RunAsync(server.Address, stop);
        var firstStore = NoteFirstStoreAsync(api, producer, server.Address, launched, stop);

        // By the clock alone a slow machine would kill only servers that have done nothing yet.
        await (random.Next(3) switch
        {
            0 => Task.CompletedTask,
            1 => _obligations.WhenAcknowledgedAsync(before + 1, stop),
            _ => firstStore,
        });
        await Task.Delay(random.NextDouble() * LifeMax, stop);

        // And one in five while it leaves.
        if (random.Next(5) == 0)
        {
            server.Terminate();
            await Task.Delay(random.NextDouble() * LeaveMax, stop);
        }

        server.Kill();
        await load;
        await firstStore;
    }

    /// <summary>How long after the launch new data was stored again; nothing when the next kill came before.</summary>
    private async Task NoteFirstStoreAsync(ServerApi api, Producer producer, Uri address, long launched, CancellationToken stop)
    {
        try
        {
            if (await producer.PostOneAsync(address) is { } first)
            {
                await api.WhenStoredAsync(first, stop);
                _firstStores.Add(Stopwatch.GetElapsedTime(launched));
            }
        }
        catch (HttpRequestException)
        {
            // Killed before.
        }
    }
}
