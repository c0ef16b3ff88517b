using System.Diagnostics;
using System.Text.Json;
using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>Rows that no retry can store: they become dead letters with their reasons, and their neighbours are stored once.</summary>
public sealed class PostgresPoisonTests(FaultPostgres postgres, FaultReport report) : PostgresFaults(postgres, report)
{
    private const int Events = 5_000;

    // One by a rule of the schema, one because JSONB has no such character, one because it has no such number.
    private static readonly Action<Utf8JsonWriter>[] Poisons =
    [
        json => json.WriteBoolean("refused", true),
        json => json.WriteString("poison", "\0"),
        json => WriteRaw(json, "1e400000"),
    ];

    [Theory(Timeout = TimeoutMs)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    public async Task Poisoned_rows_become_dead_letters_and_their_neighbours_are_stored(int poisoned)
    {
        var stop = TestContext.Current.CancellationToken;
        var (fault, every) = ($"{poisoned} poisoned of {Events:N0}", Events / poisoned);
        await using var scene = await SceneAsync();
        await scene.StartAsync(stop);
        await scene.Api.WhenHealthAsync("pass", stop);
        await scene.Database!.ExecuteAsync("ALTER TABLE monitoring.monitoring_events ADD CONSTRAINT no_poison CHECK (NOT data ? 'refused') NOT VALID");

        var producer = new Producer(scene.Obligations, new ProducerOptions
        {
            Seed = 0,
            Taint = (json, number) =>
            {
                if (number < Events && number % every == every / 2)
                {
                    Poisons[number / every % Poisons.Length](json);
                }
            },
        });
        var posted = Stopwatch.GetTimestamp();
        await producer.PostAsync(scene.Server.Address, parcels: 1, Events);
        var firstStore = await scene.FirstStoreAsync(posted, stop);

        var verdict = await scene.JudgeAsync(stop);
        Report.Add($"PostgreSQL: {fault}", 1, verdict, [firstStore]);
        (verdict.Missing, verdict.Ledger.Events.DeadLettered, verdict.Ledger.Events.Lost).ShouldBe((poisoned, poisoned, 0), $"{fault}: {verdict}");
        (verdict.Duplicates, verdict.Altered, verdict.Foreign, verdict.Renumbered, verdict.Unaccounted).ShouldBe((0, 0, 0, 0, 0), $"{fault}: {verdict}");

        // It is those rows that are there, and no others.
        var numbers = await scene.Database.ReadAsync<long>("SELECT sequence_id - 1 FROM monitoring.dead_letter_queue ORDER BY sequence_id");
        numbers.ShouldBe(Enumerable.Range(0, poisoned).Select(i => (long)(i * every) + (every / 2)));
        (await scene.Database.ReadAsync<long>("SELECT count(*) FROM monitoring.dead_letter_queue WHERE failure_reason IS NULL OR sqlstate IS NULL"))[0].ShouldBe(0);
    }

    private static void WriteRaw(Utf8JsonWriter json, string value)
    {
        json.WritePropertyName("poison");
        json.WriteRawValue(value, skipInputValidation: true);
    }
}
