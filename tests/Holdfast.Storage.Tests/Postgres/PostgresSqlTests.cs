using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>What people and other programs use with SQL: functions, views, the clock.</summary>
public class PostgresSqlTests(PostgresServers servers) : PostgresFixture(servers)
{
    [Fact]
    public void An_event_can_be_inserted_by_hand_with_defaults_for_what_is_left_out()
    {
        Database.Execute("SELECT holdfast.ensure_partition('monitoring_events', (holdfast.clock() AT TIME ZONE 'UTC')::date)");

        Database.Execute("INSERT INTO monitoring.monitoring_events_view (event_type, data) VALUES ('by.hand', '{\"a\":1}')");

        Database.Rows(
            "SELECT event_type, source, category, metadata::text, received_on = (received_at AT TIME ZONE 'UTC')::date FROM monitoring.monitoring_events_view",
            row => (row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetBoolean(4)))
            .ShouldBe([("by.hand", "unknown", "system", "{}", true)]);
    }

    [Fact]
    public async Task The_views_of_validation_metrics_show_a_day_and_a_week()
    {
        var store = await OpenAsync();
        SetClock(Batches.Noon);
        foreach (var (hoursAgo, total) in new[] { (1, 10), (23, 20), (30, 40), (200, 80) })
        {
            await store.WriteValidationAsync(
                new PendingValidation(Guid.NewGuid(), [new ValidationCount("a", total, total, 0, 0, 1, 100)]), Batches.Noon.AddHours(-hoursAgo), CancellationToken.None);
        }

        Database.Rows("SELECT total_events FROM monitoring.validation_metrics_recent", row => row.GetInt64(0)).ShouldBe([10, 20]);
        Database.Rows(
            "SELECT event_type, flush_count, total_events, total_passed, total_failed, avg_pass_rate, total_warnings, last_flush FROM monitoring.validation_metrics_summary",
            row => (row.GetString(0), row.GetInt64(1), row.GetDecimal(2), row.GetDecimal(3), row.GetDecimal(4), row.GetDouble(5), row.GetDecimal(6), row.GetFieldValue<DateTimeOffset>(7)))
            .ShouldBe([("a", 3, 70, 70, 0, 100.0, 3m, Batches.Noon.AddHours(-1))]);
    }

    [Fact]
    public async Task A_dead_letter_is_counted_up_to_its_limit_and_no_further()
    {
        var store = await OpenAsync();
        await Write(store, Batches.OfEvents(1, 1, Batches.Event(data: "[]"), Batches.Event(data: "[]")));
        var id = Database.Scalar<long>("SELECT min(id) FROM monitoring.dead_letter_queue");

        var counts = Enumerable.Range(0, 7).Select(_ => Database.Scalar<int>($"SELECT monitoring.increment_retry_count({id})")).ToList();

        counts.ShouldBe([1, 2, 3, 4, 5, 5, 5]);
        Database.Rows("SELECT status, count FROM monitoring.dlq_summary ORDER BY 1", row => (row.GetString(0), row.GetInt64(1))).ShouldBe([("failed", 1), ("pending", 1)]);
        Database.Rows("SELECT retry_count FROM monitoring.dlq_pending_retry", row => row.GetInt32(0)).ShouldBe([0]);
        Database.Execute("UPDATE monitoring.dead_letter_queue SET status = 'recovered' WHERE status = 'failed'");
        Database.Scalar<bool>($"SELECT monitoring.increment_retry_count({id}) IS NULL").ShouldBeTrue();
    }

    [Fact]
    public async Task The_statistics_of_dead_letters_know_the_age_of_the_oldest_that_is_pending()
    {
        var store = await OpenAsync();
        await Write(store, Batches.OfEvents(1, 1, Batches.Event(data: "[]")));
        Time.Advance(TimeSpan.FromHours(4));
        await Write(store, Batches.OfEvents(2, 2, Batches.Event(data: "[]")));
        Database.Execute("UPDATE monitoring.dead_letter_queue SET status = 'recovered' WHERE batch_seq = 1");
        SetClock(Time.GetUtcNow().AddHours(2));

        var stats = Database.Rows(
            "SELECT total_pending, total_recovered, total_failed, avg_retry_count, oldest_pending_age_hours FROM monitoring.get_dlq_stats()",
            row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetDouble(3), Math.Round(row.GetDouble(4), 1)));

        stats.ShouldBe([(1, 1, 0, 0.0, 2.0)]);
    }

    [Fact]
    public async Task A_sample_that_is_committed_while_its_minute_is_rolled_up_is_not_missed()
    {
        var store = await OpenAsync();
        var series = Batches.Series();
        await Write(store, Batches.OfSamples(1, Batches.Sample(series, 1, 1)));
        using var other = Database.Open();
        using (var transaction = other.BeginTransaction())
        {
            using var late = new NpgsqlCommand(
                $$"""
                SELECT monitoring.insert_samples_batch('[{"series_id":{{series.Id}},"timestamp":"2026-11-22T12:00:02Z","value":5,"batch_seq":9,"spool_key":9,"row":0,"received_on":"2026-11-22"}]')
                """,
                other);
            late.ExecuteScalar();
            await store.RollUpAsync(Batches.Noon.AddHours(2), CancellationToken.None);
            transaction.Commit();
        }

        await store.RollUpAsync(Batches.Noon.AddHours(2), CancellationToken.None);

        Database.Rows("SELECT count, total FROM monitoring.rollup_1min", row => (row.GetInt64(0), row.GetDouble(1))).ShouldBe([(2, 6.0)]);
        Database.Rows("SELECT count, total FROM monitoring.rollup_1hour", row => (row.GetInt64(0), row.GetDouble(1))).ShouldBe([(2, 6.0)]);
        Database.Scalar<long>("SELECT count(*) FROM holdfast.rollup_marks").ShouldBe(0);
    }

    [Fact]
    public void The_indexes_of_events_are_those_on_the_hot_path_and_no_more() => Database.Rows(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'monitoring' AND tablename = 'monitoring_events'",
        row => row.GetString(0).Split(" USING ")[1])
        .ShouldBe(
            ["btree (id, received_on)", "btree (event_type, \"timestamp\")", "btree (epoch, sequence_id)", "brin (\"timestamp\") WITH (pages_per_range='64', autosummarize='on')"],
            ignoreOrder: true);

    [Fact]
    public void Instants_are_kept_with_their_zone_everywhere() => Database.Rows(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema IN ('monitoring', 'holdfast') AND data_type = 'timestamp without time zone'",
        row => row.GetString(0)).ShouldBeEmpty();

    private void SetClock(DateTimeOffset now) => Database.Execute(
        $"UPDATE holdfast.clock_shift SET shift = '{now.UtcDateTime:O}'::timestamptz - now()");
}
