using System.Diagnostics;
using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>Somebody changes the schema under load. Another approach stands in where there is one; else everything waits until it is mended.</summary>
public sealed class PostgresSchemaTests(FaultPostgres postgres, FaultReport report) : PostgresFaults(postgres, report)
{
    private const string Function = "monitoring.insert_monitoring_events_batch(jsonb)";

    [Fact(Timeout = TimeoutMs)]
    public async Task A_dropped_function_is_stood_in_for()
    {
        await using var scene = await SceneAsync();
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("function dropped", scene, async stop =>
        {
            await scene.FirstStoreAsync(Stopwatch.GetTimestamp(), stop);
            var definition = (await scene.Database!.ReadAsync<string>($"SELECT pg_get_functiondef('{Function}'::regprocedure)"))[0];
            await scene.Database.ExecuteAsync($"DROP FUNCTION {Function}");
            await scene.Server.WhenSaysAsync("Approach rpc is closed for events (42883", stop);
            await scene.FirstStoreAsync(Stopwatch.GetTimestamp(), stop);
            await scene.Database.ExecuteAsync(definition);
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_partition_that_is_taken_out_is_put_back_without_anybody()
    {
        await using var scene = await SceneAsync();
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync("partition taken out", scene, async stop =>
        {
            await scene.FirstStoreAsync(Stopwatch.GetTimestamp(), stop);
            await scene.Database!.ExecuteAsync(
                """
                DO $$ BEGIN
                  EXECUTE (
                    SELECT format('ALTER TABLE monitoring.monitoring_events DETACH PARTITION monitoring.%I', partition_name)
                    FROM holdfast.partitions WHERE table_name = 'monitoring_events' AND day = (now() AT TIME ZONE 'UTC')::date);
                END $$
                """);
        });
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData("table gone", "ALTER TABLE monitoring.monitoring_events RENAME TO gone", "ALTER TABLE monitoring.gone RENAME TO monitoring_events")]
    [InlineData(
        "column gone", "ALTER TABLE monitoring.monitoring_events RENAME COLUMN source TO gone", "ALTER TABLE monitoring.monitoring_events RENAME COLUMN gone TO source")]
    [InlineData("batch ledger gone", "ALTER TABLE holdfast.spool_totals RENAME TO gone", "ALTER TABLE holdfast.gone RENAME TO spool_totals")]
    [InlineData("right revoked", "REVOKE INSERT ON monitoring.monitoring_events FROM {0}", "GRANT INSERT ON monitoring.monitoring_events TO {0}")]
    public async Task What_is_taken_away_stops_the_storing_until_it_is_back(string fault, string takeAway, string giveBack)
    {
        await using var scene = await SceneAsync();
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await SurviveAsync(fault, scene, async stop =>
        {
            await scene.FirstStoreAsync(Stopwatch.GetTimestamp(), stop);
            await scene.Database!.ExecuteAsync(string.Format(takeAway, scene.Database.Name));
            await TakesDataWithoutStoreAsync(scene, stop);
            await scene.Database.ExecuteAsync(string.Format(giveBack, scene.Database.Name));
        });
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task What_a_new_rule_refuses_by_the_hundred_is_parked_and_everything_else_goes_on()
    {
        const int Rows = 2_000;
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync();
        await scene.StartAsync(stop);
        await scene.FirstStoreAsync(Stopwatch.GetTimestamp(), stop);
        await scene.Database!.ExecuteAsync("ALTER TABLE monitoring.monitoring_events ADD CONSTRAINT drift CHECK (event_type <> 'order.failed') NOT VALID");

        await scene.PostAsync(parcels: 1, Rows);
        await scene.Server.WhenSaysAsync("The schema of the database has probably been changed", stop);
        await scene.Api.WhenHealthAsync("warn", stop);

        // An event that the rule allows is stored at once.
        await scene.FirstStoreAsync(Stopwatch.GetTimestamp(), stop);
        (await scene.Api.LedgerAsync(stop)).Events.Parked.ShouldBe(Rows);

        await scene.Database.ExecuteAsync("ALTER TABLE monitoring.monitoring_events DROP CONSTRAINT drift");
        var firstStore = await scene.FirstStoreAsync(Stopwatch.GetTimestamp(), stop);
        await scene.Api.WhenParkedAsync(0, stop);
        await ShouldBeExactAsync("schema refuses 20 % of the rows", scene, firstStore);
        await scene.Api.WhenHealthAsync("pass", stop);
    }
}
