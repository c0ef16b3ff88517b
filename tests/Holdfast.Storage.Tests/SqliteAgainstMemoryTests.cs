using FsCheck;
using FsCheck.Fluent;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Sqlite.Store;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests;

/// <summary>
/// Any sequence of operations leaves the SQLite store and the memory store with the same answers. What fails is shrunk to the shortest
/// sequence of steps and printed with its seed.
/// </summary>
public sealed class SqliteAgainstMemoryTests
{
    [Fact]
    public void Both_stores_give_the_same_answers_after_any_sequence_of_operations()
    {
        var steps = Arb.From(StoreStep.Any.ArrayOf(), Shrink);

        Prop.ForAll(steps, sequence => new Twins().RunAsync(sequence).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(40));
    }

    private static IEnumerable<StoreStep[]> Shrink(StoreStep[] steps) =>
        Enumerable.Range(0, steps.Length).Select(gone => steps.Where((_, i) => i != gone).ToArray());

    /// <summary>One operation, with numbers that decide its details.</summary>
    public sealed record StoreStep(string Operation, int A, int B)
    {
        public static Gen<StoreStep> Any { get; } =
            from operation in Gen.Frequency(
                (6, Gen.Constant("events")), (3, Gen.Constant("samples")), (2, Gen.Constant("again")), (3, Gen.Constant("skip")),
                (1, Gen.Constant("lose")), (1, Gen.Constant("rollup")), (2, Gen.Constant("wait")), (1, Gen.Constant("reopen")))
            from a in Gen.Choose(0, 9)
            from b in Gen.Choose(0, 9)
            select new StoreStep(operation, a, b);
    }

    /// <summary>A spool of batches that are written to both stores, now and then out of order, twice, or not at all.</summary>
    private sealed class Twins
    {
        private static readonly Guid SpoolId = new("0190aaaa-0000-7000-8000-000000000003");
        private readonly ManualTimeProvider _time = new(Batches.Noon);
        private readonly List<SpooledBatch> _written = [];
        private readonly List<SpooledBatch> _skipped = [];
        private long _nextBatch = 1;
        private long _nextSequence = 1;

        public async Task<bool> RunAsync(IReadOnlyList<StoreStep> steps)
        {
            using var directory = new TemporaryDirectory();
            await using var memory = new MemoryTelemetryStore(_time);
            var sqlite = await OpenAsync(directory);
            try
            {
                foreach (var step in steps)
                {
                    if (step.Operation == "reopen")
                    {
                        await sqlite.DisposeAsync();
                        sqlite = await OpenAsync(directory);
                    }
                    else
                    {
                        await ApplyAsync(step, memory, sqlite);
                    }

                    await CompareAsync(memory, sqlite);
                }

                return true;
            }
            finally
            {
                await sqlite.DisposeAsync();
            }
        }

        private async Task<SqliteTelemetryStore> OpenAsync(TemporaryDirectory directory)
        {
            var store = new SqliteTelemetryStore(
                new SqliteStoreOptions { DataDirectory = directory.Path }, _time, NullLogger<SqliteTelemetryStore>.Instance);
            await store.OpenAsync(CancellationToken.None);
            return store;
        }

        private async Task ApplyAsync(StoreStep step, params ITelemetryStore[] stores)
        {
            switch (step.Operation)
            {
                case "events":
                    await WriteAsync(stores, [NewEvents(step.A, step.B)]);
                    break;
                case "samples":
                    await WriteAsync(stores, [NewSamples(step.A, step.B)]);
                    break;
                case "skip":
                    _skipped.Add(NewEvents(step.A, step.B));
                    break;
                case "again":
                    await WriteAsync(stores, [.. _skipped, .. _written.Skip(step.A).Take(3)]);
                    _skipped.Clear();
                    break;
                case "lose":
                    await LoseAsync(stores, step.A);
                    break;
                case "rollup":
                    foreach (var store in stores)
                    {
                        await store.RollUpAsync(_time.GetUtcNow(), CancellationToken.None);
                    }

                    break;
                default:
                    _time.Advance(TimeSpan.FromHours(3 * step.A));
                    break;
            }
        }

        private async Task WriteAsync(ITelemetryStore[] stores, IReadOnlyList<SpooledBatch> batches)
        {
            _written.AddRange(batches);
            var write = new StoreWrite(SpoolId, batches);
            (await stores[1].WriteAsync(write, CancellationToken.None)).ShouldBe(await stores[0].WriteAsync(write, CancellationToken.None));
        }

        private async Task LoseAsync(ITelemetryStore[] stores, int length)
        {
            var first = _nextBatch;
            var sequence = _nextSequence;
            _nextBatch += length + 1;
            _nextSequence += length + 1;
            var range = new LostRange(first, _nextBatch - 1, sequence, _nextSequence - 1, length + 1, length, "model", _time.GetUtcNow());
            foreach (var store in stores)
            {
                await store.RecordLossAsync(SpoolId, [range], CancellationToken.None);
            }
        }

        /// <summary>Ids from a small set, so that they repeat; now and then a row that the schema refuses.</summary>
        private SpooledBatch NewEvents(int a, int b)
        {
            var rows = Enumerable.Range(0, a + 1).Select(i => Batches.Event(
                type: (i + b) % 7 == 0 ? "" : $"type.{(i * b) % 3}",
                id: i % 2 == 0 ? new Guid((i + b) % 12, 0, 0, new byte[8]) : null,
                at: Batches.Noon.AddSeconds(((i * 7) + b) % 10),
                data: (i + a) % 9 == 8 ? "[]" : $$"""{"n":{{i}}}""",
                category: (EventCategory)(1 + (i % 5)))).ToList();
            var batch = Batches.OfEvents(_nextBatch++, _nextSequence, _time.GetUtcNow(), rows);
            _nextSequence += rows.Count;
            return batch;
        }

        private SpooledBatch NewSamples(int a, int b) => Batches.OfSamples(_nextBatch++, [.. Enumerable.Range(0, (a * 3) + 1).Select(i => Batches.Sample(
            Batches.Series(labels: $$"""{"n":"{{i % 2}}"}"""), (b * 400) + (i * 37 % 10), i % 11 == 10 ? double.NaN : (i * b % 13) - 3))]);

        private static async Task CompareAsync(ITelemetryStore memory, ITelemetryStore sqlite)
        {
            var (expected, actual) = (await LookAsync(memory), await LookAsync(sqlite));
            actual.ShouldBe(expected);
            await CompareChartsAsync(memory, sqlite);
        }

        /// <summary>All that can be seen of a store besides its charts, as one text.</summary>
        private static async Task<string> LookAsync(ITelemetryStore store)
        {
            var held = await store.ReadHeldAsync(SpoolId, CancellationToken.None);
            var totals = await store.ReadTotalsAsync(SpoolId, CancellationToken.None);
            var seen = new List<string>
            {
                $"mark {held.ContiguousMark}, above {string.Join(',', held.Above)}, highest {held.HighestSequence}", $"{totals.Events} {totals.Samples}",
                $"unknown {string.Join(',', (await store.ReadCoverageAsync(SpoolId, 0, 10_000, CancellationToken.None)).Unknown(0, 10_000))}",
            };
            var query = new EventQuery { Limit = 9, Since = Batches.Noon.AddSeconds(1), Text = "YPE" };
            for (var page = await store.QueryEventsAsync(query, CancellationToken.None); ; page = await store.QueryEventsAsync(query with { Before = page.Next }, CancellationToken.None))
            {
                seen.AddRange(page.Items.Select(e => e.ToString()));
                if (page.Next is null)
                {
                    return string.Join('\n', seen);
                }
            }
        }

        private static async Task CompareChartsAsync(ITelemetryStore memory, ITelemetryStore sqlite)
        {
            foreach (var aggregation in Enum.GetValues<Aggregation>())
            {
                var query = new SeriesQuery
                {
                    Name = "cpu",
                    Since = Batches.Noon,
                    Until = Batches.Noon.AddHours(2),
                    Step = TimeSpan.FromSeconds(aggregation == Aggregation.Max ? 3_600 : 60),
                    Aggregation = aggregation,
                };
                var expected = await memory.QuerySeriesAsync(query, CancellationToken.None);
                var actual = await sqlite.QuerySeriesAsync(query, CancellationToken.None);
                Show(actual).ShouldBe(Show(expected), aggregation.ToString());
            }
        }

        // Sums of doubles depend on the order in which they are added, so the last digits are left out.
        private static string Show(IReadOnlyList<SeriesResult> results) => string.Join('\n', results.Select(
            result => result.Series.LabelsJson + string.Concat(result.Points.Select(point => $" {point.UnixMilliseconds}={point.Value:G10}"))));
    }
}
