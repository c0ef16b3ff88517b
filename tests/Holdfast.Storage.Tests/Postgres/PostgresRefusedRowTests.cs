using System.Globalization;
using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Postgres.Store;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>Rows that PostgreSQL alone refuses, and schemas that refuse too many.</summary>
public class PostgresRefusedRowTests(PostgresServers servers) : PostgresFixture(servers)
{
    [Fact]
    public async Task A_NUL_in_JSON_is_kept_as_bytes()
    {
        var store = await OpenAsync();
        var bad = Batches.Event(data: """{"a":"x\u0000y"}""");

        var result = await Write(store, Batches.OfEvents(1, 1, Batches.Event(), bad));

        (result.EventsStored, result.DeadLettered).ShouldBe((1, 1));
        var payload = JsonDocument.Parse(Database.Scalar<string>("SELECT original_payload::text FROM monitoring.dead_letter_queue")).RootElement;
        payload.GetProperty("encoding").GetString().ShouldBe("base64");
        payload.GetProperty("bytes").GetBytesFromBase64().ShouldBe(Batches.Encode([bad]));
        Database.Rows("SELECT sqlstate, column_name, approach, kind FROM monitoring.dead_letter_queue", row => (row.GetString(0), row.GetString(1), row.GetString(3)))
            .ShouldBe([("22P05", "data", "event")]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1_000)]
    public async Task A_number_beyond_all_bounds_costs_only_its_row(int rows)
    {
        var store = await OpenAsync();

        var result = await Write(store, Batches.OfEvents(1, 1, Events(rows, """{"a":1e400000}""", bad: [1])));

        (result.EventsStored, result.DeadLettered).ShouldBe((rows - 1, 1));
        Database.Rows("SELECT sqlstate, original_payload ->> 'encoding' FROM monitoring.dead_letter_queue", row => (row.GetString(0), row.GetString(1)))
            .ShouldBe([("22003", "base64")]);
    }

    [Fact]
    public async Task A_dead_letter_says_which_rule_was_broken_and_what_is_alike()
    {
        var store = await OpenAsync();

        await Write(store, Batches.OfEvents(1, 5, Events(600, "[]", bad: [3, 5])));

        var letters = Database.Rows(
            "SELECT sqlstate, constraint_name, approach, status, retry_count, max_retries, sequence_id, fingerprint FROM monitoring.dead_letter_queue ORDER BY row",
            row => (row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt32(4), row.GetInt32(5), row.GetInt64(6), Fingerprint: row.GetString(7)));
        letters.Select(l => (l.Item1, l.Item2, l.Item3, l.Item4, l.Item5, l.Item6, l.Item7)).ShouldBe(
            [("23514", "data_is_an_object", "direct", "pending", 0, 5, 8), ("23514", "data_is_an_object", "direct", "pending", 0, 5, 10)]);
        letters.Select(l => l.Fingerprint).Distinct().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(40)]
    [InlineData(2_000)]
    public async Task A_row_that_a_trigger_of_the_users_refuses_is_a_dead_letter(int rows)
    {
        var store = await OpenAsync();
        Database.Execute(
            """
            CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
            $f$ BEGIN IF NEW.data ->> 'n' = '7' THEN RAISE EXCEPTION 'no sevens'; END IF; RETURN NEW; END $f$;
            CREATE TRIGGER refuse BEFORE INSERT ON monitoring.monitoring_events FOR EACH ROW EXECUTE FUNCTION public.refuse();
            """);

        var result = await Write(store, Batches.OfEvents(1, 1, Events(rows)));

        (result.EventsStored, result.DeadLettered).ShouldBe((rows - 1, 1));
        Database.Scalar<string>("SELECT failure_reason FROM monitoring.dead_letter_queue").ShouldBe("no sevens");
    }

    [Fact]
    public async Task A_key_of_the_users_that_a_row_violates_makes_it_a_dead_letter_and_no_repeat()
    {
        var store = await OpenAsync();
        Database.Execute("CREATE UNIQUE INDEX own_key ON monitoring.monitoring_events (received_on, (data ->> 'key'))");

        var result = await Write(store, Batches.OfEvents(
            1, 1, [.. Enumerable.Range(0, 600).Select(i => Batches.Event(data: $$"""{"key":"{{(i == 599 ? 3 : i)}}"}"""))]));

        (result.EventsStored, result.DeadLettered, result.Duplicates).ShouldBe((599, 1, 0));
    }

    [Fact]
    public async Task A_schema_that_refuses_nearly_everything_is_suspected_and_nothing_is_given_up()
    {
        var store = await OpenAsync();
        Database.Execute("ALTER TABLE monitoring.monitoring_events ADD CONSTRAINT tightened CHECK (source <> 'shop')");
        var batch = Batches.OfEvents(1, 1, Events(2_000));

        var fault = await Unavailable(async () => await Write(store, batch));

        fault.Code.ShouldBe("suspect_schema");
        fault.Message.ShouldContain("tightened");
        (CountEvents(), CountDeadLetters()).ShouldBe((0, 0));
        Database.Execute("ALTER TABLE monitoring.monitoring_events DROP CONSTRAINT tightened");
        (await Write(store, batch)).EventsStored.ShouldBe(2_000);
    }

    [Fact]
    public async Task Where_rows_can_be_parked_a_suspect_batch_is_parked_as_a_whole()
    {
        var store = await OpenAsync();
        Database.Execute("ALTER TABLE monitoring.monitoring_events ADD CONSTRAINT tightened CHECK ((data ->> 'n')::int < 100)");
        var parked = new List<ParkedRow>();
        var write = new StoreWrite(
            SpoolId,
            [Batches.OfEvents(1, 1, Events(300)), Batches.OfSamples(2, Batches.Sample(Batches.Series(), 0, 1))],
            (rows, _) =>
            {
                parked.AddRange(rows);
                return ValueTask.CompletedTask;
            });

        var result = await store.WriteAsync(write, CancellationToken.None);

        (result.EventsStored, result.SamplesStored, result.Parked, result.DeadLettered).ShouldBe((0, 1, 300, 0));
        parked.Select(row => row.Row).Order().ShouldBe(Enumerable.Range(0, 300));
        parked.ShouldAllBe(row => row.Reason.StartsWith("suspect_schema"));
        CountEvents().ShouldBe(0);
        (await store.ReadHeldAsync(SpoolId, CancellationToken.None)).ContiguousMark.ShouldBe(2);
    }

    [Fact]
    public async Task Beside_dead_letters_only_what_a_changed_schema_refuses_is_parked()
    {
        var store = await OpenAsync();
        Database.Execute("ALTER TABLE monitoring.monitoring_events ADD CONSTRAINT tightened CHECK ((data ->> 'n')::int < 100)");
        var parked = new List<ParkedRow>();
        var write = new StoreWrite(
            SpoolId,
            [
                Batches.OfEvents(1, 1, Batches.Noon.AddDays(-1), Events(50, bad: 7)),
                Batches.OfEvents(2, 51, Batches.Noon, Events(300)),
            ])
        {
            ParkSuspectsAsync = (rows, _) =>
            {
                parked.AddRange(rows);
                return ValueTask.CompletedTask;
            },
        };

        var result = await store.WriteAsync(write, CancellationToken.None);

        (result.EventsStored, result.DeadLettered, result.Parked).ShouldBe((49, 1, 300));
        result.Suspicion.ShouldNotBeNull().ShouldContain("tightened");
        parked.ShouldAllBe(row => row.BatchSeq == 2 && row.Reason.StartsWith("suspect_schema"));
        (CountEvents(), CountDeadLetters()).ShouldBe((49, 1));
        (await store.ReadHeldAsync(SpoolId, CancellationToken.None)).ContiguousMark.ShouldBe(2);
    }

    [Fact]
    public async Task Nonsense_of_one_sender_is_no_reason_to_suspect_the_schema()
    {
        var store = await OpenAsync();
        var bad = Enumerable.Range(100, 200).ToList();

        var nul = await Write(store, Batches.OfEvents(1, 1, Events(1_000, """{"a":"\u0000"}""", bad)));
        var number = await Write(store, Batches.OfEvents(2, 1_001, Events(1_000, """{"a":1e400000}""", bad)));

        (nul.EventsStored, nul.DeadLettered).ShouldBe((800, 200));
        (number.EventsStored, number.DeadLettered).ShouldBe((800, 200));
    }

    [Fact]
    public async Task Ids_that_come_twice_in_a_batch_do_not_fail_a_COPY_each()
    {
        var store = await OpenAsync(StoreApproach.Direct);
        CountCopies();
        var rows = Enumerable.Range(0, 1_000).Select(_ => Guid.NewGuid()).SelectMany(id => new[] { Batches.Event(id: id), Batches.Event(id: id) });

        var result = await Write(store, Batches.OfEvents(1, 1, [.. rows]));

        (result.EventsStored, result.Duplicates).ShouldBe((1_000, 1_000));
        Copies().ShouldBe(1);
    }

    [Fact]
    public async Task The_second_of_an_id_is_stored_when_the_first_is_refused()
    {
        var store = await OpenAsync(StoreApproach.Direct);
        var id = Guid.NewGuid();

        var result = await Write(store, Batches.OfEvents(1, 1, Batches.Event(id: id, data: "[]"), Batches.Event(id: id), Batches.Event(id: id)));

        (result.EventsStored, result.DeadLettered, result.Duplicates).ShouldBe((1, 1, 1));
    }

    [Fact]
    public async Task Numbers_beyond_all_bounds_are_found_without_asking()
    {
        var store = await OpenAsync(StoreApproach.Direct);
        CountCopies();

        var result = await Write(store, Batches.OfEvents(1, 1, Events(1_000, """{"a":1e400000}""", bad: [.. Enumerable.Range(1, 999)])));

        (result.EventsStored, result.DeadLettered).ShouldBe((1, 999));
        Copies().ShouldBe(1);
    }

    [Fact]
    public async Task A_column_that_was_made_narrower_gives_no_row_up()
    {
        var store = await OpenAsync(StoreApproach.Direct);
        Database.Execute("DROP VIEW monitoring.monitoring_events_view; ALTER TABLE monitoring.monitoring_events ALTER COLUMN source TYPE varchar(3)");

        var fault = await Unavailable(async () => await Write(store, Batches.OfEvents(1, 1, Events(600))));

        fault.Code.ShouldBe("suspect_schema");
        CountDeadLetters().ShouldBe(0);
    }

    [Fact]
    public async Task Data_that_is_no_JSON_at_all_is_its_own_fault()
    {
        var store = await OpenAsync(StoreApproach.Direct);

        var result = await Write(store, Batches.OfEvents(1, 1, Events(600, "{", bad: [.. Enumerable.Range(10, 100)])));

        (result.EventsStored, result.DeadLettered).ShouldBe((500, 100));
    }

    [Fact]
    public async Task A_dead_letter_names_the_approach_that_refused_it()
    {
        var store = await OpenAsync();
        var copied = Batches.OfEvents(1, 1, Events(600, "[]", bad: [3]));
        var nextDay = Batches.OfEvents(2, 601, Events(3, "[]", bad: [1]));

        await Write(store, copied, nextDay with { ReceivedAt = copied.ReceivedAt.AddDays(1) });

        Database.Rows("SELECT batch_seq, approach FROM monitoring.dead_letter_queue ORDER BY batch_seq", row => (row.GetInt64(0), row.GetString(1)))
            .ShouldBe([(1, "direct"), (2, "rpc")]);
    }

    [Fact]
    public async Task In_a_country_that_writes_numbers_with_a_comma_samples_and_events_are_stored_all_the_same()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NegativeSign) = (",", "\u2212");
        (culture.DateTimeFormat.TimeSeparator, culture.DateTimeFormat.DateSeparator) = (".", ".");
        CultureInfo.CurrentCulture = culture;
        var store = await OpenAsync(StoreApproach.Rpc);

        var result = await Write(store, Batches.OfEvents(1, 1, Batches.Event()), Batches.OfSamples(2, Batches.Sample(Batches.Series(), 0, -1.5)));

        (result.EventsStored, result.SamplesStored, result.DeadLettered).ShouldBe((1, 1, 0));
        Database.Scalar<double>("SELECT value FROM monitoring.samples").ShouldBe(-1.5);
    }

    [Fact]
    public async Task A_batch_of_repeats_alone_is_recognised_as_a_whole()
    {
        var store = await OpenAsync(StoreApproach.Direct);
        var rows = Enumerable.Range(0, 3_000).Select(i => Batches.Event(id: Guid.NewGuid())).ToList();
        await Write(store, Batches.OfEvents(1, 1, rows));

        var again = await Write(store, Batches.OfEvents(2, 3_001, [.. rows, Batches.Event("new")]));

        (again.EventsStored, again.Duplicates).ShouldBe((1, 3_000));
    }

    [Fact]
    public async Task Repeats_and_bad_rows_in_one_batch_do_not_confuse_each_other()
    {
        var store = await OpenAsync(StoreApproach.Direct);
        var ids = Enumerable.Range(0, 100).Select(_ => Guid.NewGuid()).ToArray();
        await Write(store, Batches.OfEvents(1, 1, [.. ids.Take(50).Select(id => Batches.Event(id: id))]));

        // Known ids, new ones, new ones again, and bad rows among all of them.
        var rows = Enumerable.Range(0, 1_000).Select(i => Batches.Event(id: ids[i % 100], data: i % 91 == 0 ? "[]" : "{}")).ToList();
        var result = await Write(store, Batches.OfEvents(2, 51, rows));

        (result.EventsStored + result.Duplicates + result.DeadLettered).ShouldBe(1_000);
        result.EventsStored.ShouldBe(50);
        Database.Scalar<long>("SELECT count(DISTINCT id) FROM monitoring.monitoring_events").ShouldBe(CountEvents());
    }

    // A sequence does not go back with what is rolled back.
    private void CountCopies() => Database.Execute(
        """
        CREATE SEQUENCE public.copies;
        CREATE FUNCTION public.count_copy() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM nextval('public.copies'); RETURN NULL; END $f$;
        CREATE TRIGGER count_copy BEFORE INSERT ON monitoring.monitoring_events FOR EACH STATEMENT EXECUTE FUNCTION public.count_copy();
        """);

    private long Copies() => Database.Scalar<long>("SELECT last_value FROM public.copies");
}
