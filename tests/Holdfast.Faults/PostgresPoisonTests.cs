using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>Rows that no retry can store: they become dead letters with their reasons, and their neighbours are stored once.</summary>
public sealed partial class PostgresPoisonTests(FaultPostgres postgres, FaultReport report) : PostgresFaults(postgres, report)
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
        await using var scene = await PoisonableAsync(stop);
        var producer = Poisoner(scene, every);
        var posted = Stopwatch.GetTimestamp();
        await producer.PostAsync(scene.Server.Address, parcels: 1, Events);
        var firstStore = await scene.FirstStoreAsync(posted, stop);

        var verdict = await scene.JudgeAsync(stop);
        Report.Add($"PostgreSQL: {fault}", 1, verdict, [firstStore]);
        (verdict.Missing, verdict.Ledger.Events.DeadLettered, verdict.Ledger.Events.Lost).ShouldBe((poisoned, poisoned, 0), $"{fault}: {verdict}");
        (verdict.Duplicates, verdict.Altered, verdict.Foreign, verdict.Renumbered, verdict.Unaccounted).ShouldBe((0, 0, 0, 0, 0), $"{fault}: {verdict}");

        // It is those rows that are there, and no others.
        var numbers = await scene.Database!.ReadAsync<long>("SELECT sequence_id - 1 FROM monitoring.dead_letter_queue ORDER BY sequence_id");
        numbers.ShouldBe(Enumerable.Range(0, poisoned).Select(i => (long)(i * every) + (every / 2)));
        (await scene.Database.ReadAsync<long>("SELECT count(*) FROM monitoring.dead_letter_queue WHERE failure_reason IS NULL OR sqlstate IS NULL"))[0].ShouldBe(0);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task Poisoned_rows_that_are_mended_and_replayed_under_load_are_stored_once()
    {
        var poisoned = Scale.Of(20, 50);
        await using var scene = await PoisonableAsync(TestContext.Current.CancellationToken);

        await SurviveAsync($"{poisoned} poisoned, mended and replayed", scene, async stop =>
        {
            var producer = Poisoner(scene, Events / poisoned);
            await producer.PostAsync(scene.Server.Address, parcels: 1, Events);
            var letters = await scene.Api.Letters.WhenAsync("pending", poisoned, stop);
            letters.Length.ShouldBe(poisoned);

            // As they are they are refused again.
            var replayed = await scene.Api.Letters.ReplayAllAsync(stop);
            (replayed.GetProperty("matched").GetInt64(), replayed.GetProperty("recovered").GetInt64()).ShouldBe((poisoned, 0), replayed.ToString());

            foreach (var letter in letters)
            {
                await MendAsync(scene.Api.Letters, producer, letter, stop);
            }

            // One by one, and the others together; one that the server tries by itself just then is as good.
            foreach (var letter in letters.Take(poisoned / 2))
            {
                (await scene.Api.Letters.ReplayAsync(letter, stop)).ShouldBeOneOf("recovered", "skipped");
            }

            replayed = await scene.Api.Letters.ReplayAllAsync(stop);
            replayed.GetProperty("refused").GetInt64().ShouldBe(0, replayed.ToString());
            await scene.Api.Letters.WhenAsync("recovered", poisoned, stop);
        });

        (await scene.Database!.ReadAsync<string>("SELECT DISTINCT status FROM monitoring.dead_letter_queue")).ShouldBe(["recovered"]);
        (await scene.Database.ReadAsync<long>("SELECT count(*) FROM monitoring.dead_letter_queue WHERE recovered_at IS NULL OR retry_count > max_retries"))[0].ShouldBe(0);
    }

    /// <summary>A server that runs, over a schema with a rule that one of the poisons breaks.</summary>
    private async Task<Scene> PoisonableAsync(CancellationToken stop)
    {
        var scene = await SceneAsync();
        await scene.StartAsync(stop);
        await scene.Api.WhenHealthAsync("pass", stop);
        await scene.Database!.ExecuteAsync("ALTER TABLE monitoring.monitoring_events ADD CONSTRAINT no_poison CHECK (NOT data ? 'refused') NOT VALID");
        return scene;
    }

    /// <summary>Poisons the middle one of so many events, over and over.</summary>
    private static Producer Poisoner(Scene scene, int every) => new(scene.Obligations, new ProducerOptions
    {
        Seed = 0,
        Taint = (json, number) =>
        {
            if (number % every == every / 2)
            {
                Poisons[number / every % Poisons.Length](json);
            }
        },
    });

    /// <summary>As a person would: takes out what is bad, or, where the payload cannot be shown, writes it anew.</summary>
    private static async Task MendAsync(LettersApi letters, Producer producer, long id, CancellationToken stop)
    {
        var letter = await letters.GetAsync(id, stop);
        if (letter.GetProperty("original_payload").TryGetProperty("data", out _))
        {
            await letters.EditAsync(id, JsonNode.Parse("""{"data":{"refused":null,"poison":null}}""")!, replace: false, stop);
        }
        else
        {
            await letters.EditAsync(id, producer.EventOf(NumberIn(letter.GetProperty("payload_bytes").GetBytesFromBase64())), replace: true, stop);
        }
    }

    private static long NumberIn(byte[] payload) =>
        long.Parse(NumberMember().Match(Encoding.Latin1.GetString(payload)).Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex("\"number\":([0-9]+)")]
    private static partial Regex NumberMember();

    private static void WriteRaw(Utf8JsonWriter json, string value)
    {
        json.WritePropertyName("poison");
        json.WriteRawValue(value, skipInputValidation: true);
    }
}
