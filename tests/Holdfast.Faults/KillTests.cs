using System.Diagnostics;
using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>kill -9 at any moment costs nothing that was acknowledged, and needs nobody to mend anything.</summary>
public sealed class KillTests(FaultReport report)
{
    private static readonly TimeSpan LifeMax = TimeSpan.FromMilliseconds(900);
    private static readonly TimeSpan StartMax = TimeSpan.FromMilliseconds(1_500);

    private readonly Obligations _obligations = new();
    private readonly List<TimeSpan> _firstStores = [];

    [Fact(Timeout = 20 * 60_000)]
    public async Task Kills_at_random_points_under_load_lose_nothing_and_store_nothing_twice()
    {
        var stop = TestContext.Current.CancellationToken;
        var kills = Scale.Of(20, 200);
        var seed = Scale.Seed();
        var random = new Random(seed);
        using var directory = new FaultDirectory();

        for (var kill = 0; kill < kills; kill++)
        {
            await LiveAndDieAsync(directory, random, stop);
        }

        await using var server = await ServerProcess.StartAsync(directory.Data, cancellationToken: stop);
        using var api = new ServerApi(server.Address);
        var verdict = await Judge.DecideAsync(api, _obligations, stop);
        report.Add("kill -9 under load", kills, verdict, _firstStores);
        verdict.ShouldBeClean($"seed {seed}");
        _firstStores.ShouldNotBeEmpty();
    }

    private async Task LiveAndDieAsync(FaultDirectory directory, Random random, CancellationToken stop)
    {
        var launched = Stopwatch.GetTimestamp();
        await using var server = ServerProcess.Launch(directory.Data);

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
        var load = producer.RunAsync(server.Address, stop);
        var firstStore = NoteFirstStoreAsync(api, producer, server.Address, launched, stop);
        await Task.Delay(random.NextDouble() * LifeMax, stop);
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
