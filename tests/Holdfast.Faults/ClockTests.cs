using System.Diagnostics;
using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>Somebody sets the clock, far ahead and far back, under load.</summary>
public sealed class ClockTests(FaultPostgres postgres, FaultReport report)
{
    private const int TimeoutMs = 180_000;
    private const int Some = 300;

    // Beyond the partitions that are there; back beyond where it was, and home again.
    private static readonly int[] DaysAhead = [12, -3, 1, 0];

    [Fact(Timeout = TimeoutMs)]
    public Task A_clock_that_is_set_costs_nothing_in_the_embedded_store() => JumpAsync("clock set ahead and back", database: null);

    [Fact(Timeout = TimeoutMs)]
    public async Task A_clock_that_is_set_costs_nothing_in_postgresql() => await JumpAsync("PostgreSQL: clock set ahead and back", await postgres.DatabaseAsync());

    [Fact(Timeout = TimeoutMs)]
    public async Task After_an_outage_the_newest_minute_is_stored_before_the_backlog()
    {
        var stop = TestContext.Current.CancellationToken;
        var database = await postgres.DatabaseAsync();
        await using var server = await ClockedServer.StartAsync(database, stop);
        await server.Api.WhenSettledAsync(stop);
        await database.Server.StopAsync();
        await server.Producer.PostAsync(server.Address, parcels: 8, eventsEach: 3_000);
        server.Clock.Ahead = TimeSpan.FromMinutes(10);
        await server.Producer.PostAsync(server.Address, parcels: 1, eventsEach: 100);
        await database.Server.StartAgainAsync();
        var started = Stopwatch.GetTimestamp();
        var newest = server.Obligations.Naming.IdOf(server.Obligations.Count(Answer.Acknowledged) - 1);

        await server.Api.WhenStoredAsync(newest, stop);
        var firstStore = Stopwatch.GetElapsedTime(started);
        var verdict = await server.JudgeAsync(stop);

        // The numbers of transactions tell what was stored before what.
        const string TransactionsBefore =
            """
            SELECT count(DISTINCT old.xmin::text) FROM monitoring.monitoring_events old
            WHERE old.source = 'faults' AND old.received_at < (SELECT max(received_at) FROM monitoring.monitoring_events WHERE source = 'faults') - interval '5 minutes'
              AND old.xmin::text::bigint < (SELECT min(new.xmin::text::bigint) FROM monitoring.monitoring_events new WHERE new.id = '{0}')
            """;
        (await database.ReadAsync<long>(string.Format(TransactionsBefore, newest)))[0].ShouldBeLessThanOrEqualTo(1);
        report.Add("PostgreSQL: away for 10 minutes, newest first", 1, verdict, [firstStore]);
        verdict.ShouldBeExact("newest first");
    }

    private async Task JumpAsync(string fault, FaultDatabase? database)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var server = await ClockedServer.StartAsync(database, stop);
        await using var load = new Load(server.Producer, server.Address, stop);
        foreach (var days in DaysAhead)
        {
            await WhenMoreAcknowledgedAsync(server, stop);
            server.Clock.Ahead = TimeSpan.FromDays(days);
        }

        var home = Stopwatch.GetTimestamp();
        await WhenMoreAcknowledgedAsync(server, stop);
        var first = await server.Producer.PostOneAsync(server.Address);
        await server.Api.WhenStoredAsync(first.ShouldNotBeNull(), stop);
        var firstStore = Stopwatch.GetElapsedTime(home);
        await load.EndAsync();

        var verdict = await server.JudgeAsync(stop);
        report.Add(fault, DaysAhead.Length, verdict, [firstStore]);
        verdict.ShouldBeExact(fault);
    }

    private static Task WhenMoreAcknowledgedAsync(ClockedServer server, CancellationToken stop) =>
        server.Obligations.WhenAcknowledgedAsync(server.Obligations.Count(Answer.Acknowledged) + Some, stop);
}
