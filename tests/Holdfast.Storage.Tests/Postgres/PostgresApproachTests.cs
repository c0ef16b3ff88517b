using Holdfast.Pipeline;
using Holdfast.Postgres.Store;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>Each way to store rows works alone, and gives way to the next for the reasons that it should and for no others.</summary>
public class PostgresApproachTests(PostgresServers servers) : PostgresFixture(servers)
{
    private const string RpcForEvents = "monitoring.insert_monitoring_events_batch(p_rows jsonb)";

    public static TheoryData<string> Approaches() => ["rpc", "direct", "view"];

    [Theory]
    [MemberData(nameof(Approaches))]
    public async Task Events_can_be_stored_by_each_approach_alone(string name)
    {
        var store = await OpenAsync(Parse(name));
        var wanted = Batches.Event("order.failed", Guid.NewGuid(), Batches.Noon.AddTicks(1_234_560), "chéckout", """{"a":{"b":[1e-7,"ü"]}}""", """{"correlation_id":"c"}""", EventCategory.Critical);

        var result = await Write(store, Batches.OfEvents(1, 7, wanted, Batches.Event()));

        (result.Approach, result.EventsStored).ShouldBe((name, 2));
        var stored = (await store.QueryEventsAsync(new EventQuery { EventId = wanted.Id }, CancellationToken.None)).Items.ShouldHaveSingleItem();
        stored.ShouldBe(new StoredEvent
        {
            EventId = wanted.Id,
            EventType = "order.failed",
            Timestamp = Batches.Noon.AddTicks(1_234_560),
            Source = "chéckout",
            DataJson = """{"a":{"b":[1e-7,"ü"]}}""",
            MetadataJson = """{"correlation_id":"c"}""",
            Category = EventCategory.Critical,
            Epoch = SpoolId,
            SequenceId = 7,
            ReceivedAt = Batches.Noon,
        });
    }

    [Theory]
    [MemberData(nameof(Approaches))]
    public async Task Repeats_are_recognised_by_each_approach_alone(string name)
    {
        var store = await OpenAsync(Parse(name));
        var (id, beforeMidnight) = (Guid.NewGuid(), new DateTimeOffset(2026, 11, 22, 23, 59, 0, TimeSpan.Zero));
        await Write(store, Batches.OfEvents(1, 1, beforeMidnight, Batches.Event("first", id)));

        var sameDay = await Write(store, Batches.OfEvents(2, 2, beforeMidnight, Batches.Event("a", id), Batches.Event("b")));
        var acrossMidnight = await Write(store, Batches.OfEvents(3, 4, beforeMidnight.AddMinutes(2), Batches.Event("c", id), Batches.Event("d")));
        var inOneBatch = await Write(store, Batches.OfEvents(4, 6, Batches.Event("e", new Guid(1, 2, 3, new byte[8])), Batches.Event("f", new Guid(1, 2, 3, new byte[8]))));

        (sameDay.EventsStored, sameDay.Duplicates).ShouldBe((1, 1));
        (acrossMidnight.EventsStored, acrossMidnight.Duplicates).ShouldBe((1, 1));
        (inOneBatch.EventsStored, inOneBatch.Duplicates).ShouldBe((1, 1));
        Database.Rows("SELECT event_type FROM monitoring.monitoring_events ORDER BY 1", row => row.GetString(0)).ShouldBe(["b", "d", "e", "first"]);
    }

    [Theory]
    [MemberData(nameof(Approaches))]
    public async Task Samples_can_be_stored_by_each_approach_alone_and_are_rolled_up(string name)
    {
        var store = await OpenAsync(Parse(name));
        var series = Batches.Series();

        var result = await Write(store, Batches.OfSamples(1, [.. Enumerable.Range(0, 60).Select(i => Batches.Sample(series, i, i * 0.5))]));

        (result.Approach, result.SamplesStored).ShouldBe((name, 60));
        (await store.RollUpAsync(Batches.Noon.AddHours(2), CancellationToken.None)).ShouldBeFalse();
        Database.Rows("SELECT count, total FROM monitoring.rollup_1min", row => (row.GetInt64(0), row.GetDouble(1))).ShouldBe([(60, 885.0)]);
    }

    [Theory]
    [MemberData(nameof(Approaches))]
    public async Task Bad_samples_are_isolated_by_each_approach_alone(string name)
    {
        var store = await OpenAsync(Parse(name));
        var series = Batches.Series();

        var result = await Write(store, Batches.OfSamples(
            1, Batches.Sample(series, 0, 1), Batches.Sample(series, 1, double.NaN), Batches.Sample(series, 2, 3),
            new Sample(series, long.MaxValue, 4), new Sample(series, long.MinValue, 5), Batches.Sample(series, 5, 6)));

        (result.SamplesStored, result.DeadLettered).ShouldBe((3, 3));
        Database.Rows("SELECT row FROM monitoring.dead_letter_queue ORDER BY 1", row => row.GetInt32(0)).ShouldBe([1, 3, 4]);
    }

    [Theory]
    [MemberData(nameof(Approaches))]
    public async Task Validation_metrics_can_be_stored_by_each_approach_alone_once_per_id(string name)
    {
        var store = await OpenAsync(Parse(name));
        var pending = new PendingValidation(Guid.NewGuid(), [new ValidationCount("order.placed", 10, 9, 1, 1, 2, 5_000), new ValidationCount("(invalid)", 1, 0, 1, 2, 0, 10)]);

        var first = await store.WriteValidationAsync(pending, Batches.Noon, CancellationToken.None);
        var second = await store.WriteValidationAsync(pending, Batches.Noon, CancellationToken.None);

        (first.Approach, first.Rows, second.Rows).ShouldBe((name, 2, 0));
        Database.Rows(
            "SELECT event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings FROM monitoring.validation_metrics ORDER BY 1 DESC",
            row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetDouble(4), row.GetDouble(5), row.GetInt64(6), row.GetInt64(7)))
            .ShouldBe([("order.placed", 10, 9, 1, 90.0, 0.5, 1, 2), ("(invalid)", 1, 0, 1, 0.0, 0.01, 2, 0)]);
    }

    [Theory]
    [InlineData("rpc", 1)]
    [InlineData("rpc", 20)]
    [InlineData("direct", 1)]
    [InlineData("direct", 5)]
    [InlineData("direct", 20)]
    [InlineData("view", 1)]
    [InlineData("view", 20)]
    public async Task Bad_rows_among_5000_are_isolated_by_each_approach_alone(string name, int bad)
    {
        var store = await OpenAsync(Parse(name));
        var badRows = Enumerable.Range(0, bad).Select(i => ((i * 997) + 13) % 5_000).ToHashSet();

        var result = await Write(store, Batches.OfEvents(1, 1, Events(5_000, "[]", badRows)));

        (result.EventsStored, result.DeadLettered).ShouldBe((5_000 - bad, bad));
        Database.Rows("SELECT row FROM monitoring.dead_letter_queue", row => row.GetInt32(0)).ToHashSet().SetEquals(badRows).ShouldBeTrue();
        Database.Scalar<long>("SELECT count(DISTINCT sequence_id) FROM monitoring.monitoring_events").ShouldBe(5_000 - bad);
    }

    [Theory]
    [InlineData("42883")]
    [InlineData("42P01")]
    [InlineData("42703")]
    [InlineData("42501")]
    [InlineData("42804")]
    [InlineData("0A000")]
    public async Task What_says_that_the_way_is_closed_moves_on_to_the_next(string sqlState)
    {
        var store = await OpenAsync();
        MakeFunctionFail(sqlState);

        var result = await Write(store, Batches.OfEvents(1, 1, Batches.Event()));

        (result.Approach, result.EventsStored).ShouldBe(("direct", 1));
    }

    [Theory]
    [InlineData("53100", "full")]
    [InlineData("53200", "full")]
    [InlineData("53300", "busy")]
    [InlineData("40001", "busy")]
    [InlineData("40P01", "busy")]
    [InlineData("55P03", "busy")]
    [InlineData("57014", "timeout")]
    [InlineData("58030", "io")]
    [InlineData("XX001", "corrupt")]
    [InlineData("25006", "connection")]
    [InlineData("HF000", "other")]
    public async Task What_says_that_the_database_is_in_trouble_stops_the_write_and_nothing_is_given_up(string sqlState, string code)
    {
        var store = await OpenAsync();
        MakeFunctionFail(sqlState);

        var fault = await Unavailable(async () => await Write(store, Batches.OfEvents(1, 1, Batches.Event())));

        fault.Code.ShouldBe(code);
        (CountEvents(), CountDeadLetters()).ShouldBe((0, 0));
        (await store.ReadHeldAsync(SpoolId, CancellationToken.None)).Holds(1).ShouldBeFalse();
    }

    [Fact]
    public async Task The_working_approach_is_remembered_and_the_better_one_tried_again_after_a_minute()
    {
        var store = await OpenAsync();
        MakeFunctionFail("42883");
        await Write(store, Batches.OfEvents(1, 1, Batches.Event()));
        Database.Execute($"DROP FUNCTION {RpcForEvents.Replace("p_rows ", "", StringComparison.Ordinal)}");
        RestoreFunction();

        var remembered = await Write(store, Batches.OfEvents(2, 2, Batches.Event()));
        Time.Advance(ApproachChoice.ProbeAfter);
        var probed = await Write(store, Batches.OfEvents(3, 3, Batches.Event()));

        (remembered.Approach, probed.Approach).ShouldBe(("direct", "rpc"));
    }

    [Fact]
    public async Task With_function_and_table_closed_the_view_is_left()
    {
        var login = Login("holdfast_ingest");
        Database.Execute($"REVOKE INSERT ON monitoring.monitoring_events FROM holdfast_ingest; DROP FUNCTION {RpcForEvents.Replace("p_rows ", "", StringComparison.Ordinal)}");
        var store = await OpenAsync(Database.Server.ConnectionString(Database.Name, login));

        var result = await Write(store, Batches.OfEvents(1, 1, Batches.Event(id: Guid.NewGuid()), Batches.Event(data: "[]")));

        (result.Approach, result.EventsStored, result.DeadLettered).ShouldBe(("view", 1, 1));
    }

    [Fact]
    public async Task With_every_way_closed_the_message_says_why_for_each()
    {
        var store = await OpenAsync();
        Database.Execute("ALTER TABLE monitoring.monitoring_events RENAME COLUMN metadata TO meta");
        Database.Execute("DROP VIEW monitoring.monitoring_events_view");

        var fault = await Unavailable(async () => await Write(store, Batches.OfEvents(1, 1, Batches.Event())));

        fault.Code.ShouldBe("schema");
        fault.Message.ShouldContain("rpc: ");
        fault.Message.ShouldContain("direct: column \"metadata\"");
        fault.Message.ShouldContain("view: relation \"monitoring.monitoring_events_view\"");
        Database.Execute("ALTER TABLE monitoring.monitoring_events RENAME COLUMN meta TO metadata");
        (await Write(store, Batches.OfEvents(1, 1, Batches.Event()))).EventsStored.ShouldBe(1);
    }

    [Fact]
    public async Task A_column_of_another_type_closes_COPY_and_leaves_the_function()
    {
        var store = await OpenAsync(StoreApproach.Direct, StoreApproach.Rpc);
        Database.Execute("DROP VIEW monitoring.monitoring_events_view; ALTER TABLE monitoring.monitoring_events ALTER COLUMN sequence_id TYPE integer");

        var result = await Write(store, Batches.OfEvents(1, 1, Events(600)));

        (result.Approach, result.EventsStored).ShouldBe(("rpc", 600));
    }

    private void MakeFunctionFail(string sqlState) => Database.Execute(
        $"""
        CREATE OR REPLACE FUNCTION {RpcForEvents} RETURNS integer LANGUAGE plpgsql AS
        $f$ BEGIN RAISE EXCEPTION 'made to fail' USING ERRCODE = '{sqlState}'; END $f$
        """);

    private void RestoreFunction() => Database.Execute(
        Migration.FromResources(typeof(PostgresTelemetryStore).Assembly, "Holdfast.Postgres.Migrations.").Single(m => m.Name == "events").Sql);

    private string Login(string role)
    {
        var login = $"login_{Database.Name}";
        Database.Execute($"CREATE ROLE {login} LOGIN; GRANT {role} TO {login}");
        return login;
    }

    private static StoreApproach Parse(string name) => Enum.Parse<StoreApproach>(name, ignoreCase: true);
}
