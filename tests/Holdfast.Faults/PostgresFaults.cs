using System.Diagnostics;
using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>
/// What the tests of PostgreSQL's faults have in common: data is taken whatever happens to the database, and in the end it has each
/// acknowledged event exactly once.
/// </summary>
public abstract class PostgresFaults(FaultPostgres postgres, FaultReport report)
{
    protected const int TimeoutMs = 5 * 60_000;

    /// <summary>Enough to be sure that something is under way.</summary>
    protected const int Some = 300;

    private protected FaultPostgres Postgres => postgres;

    private protected FaultReport Report => report;

    /// <summary>A server over a database of its own; not started.</summary>
    private protected async Task<Scene> SceneAsync() => new() { Database = await postgres.DatabaseAsync() };

    /// <summary>Load on a server that runs, then the trouble; when that is over, everything must be there.</summary>
    /// <param name="trouble">Does its harm and mends it.</param>
    private protected async Task SurviveAsync(string fault, Scene scene, Func<CancellationToken, Task> trouble, int runs = 1)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var load = scene.StartLoad(stop);
        await scene.WhenMoreAcknowledgedAsync(Some, stop);
        await trouble(stop);
        var firstStore = await scene.FirstStoreAsync(Stopwatch.GetTimestamp(), stop);
        await load.EndAsync();

        await ShouldBeExactAsync(fault, scene, firstStore, runs);
    }

    private protected async Task ShouldBeExactAsync(string fault, Scene scene, TimeSpan firstStore, int runs = 1)
    {
        var verdict = await scene.JudgeAsync(TestContext.Current.CancellationToken);
        report.Add($"PostgreSQL: {fault}", runs, verdict, [firstStore]);
        verdict.ShouldBeExact(fault);
        scene.Producer.Refusals.ShouldBe(0, "the spool has room for all of it");
    }

    /// <summary>The server has noticed, says so, and takes data all the same.</summary>
    private protected static async Task TakesDataWithoutStoreAsync(Scene scene, CancellationToken stop)
    {
        await scene.Api.WhenHealthAsync("warn", stop);
        await scene.WhenMoreAcknowledgedAsync(Some, stop);
    }
}
