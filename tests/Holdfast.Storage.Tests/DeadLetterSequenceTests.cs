using FsCheck;
using FsCheck.Fluent;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Postgres.Store;
using Holdfast.Sqlite.Store;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests;

/// <summary>
/// Whatever is done to dead letters, in whatever order and whoever dies in between, every row is accounted for: the ledger balances after
/// each step, and says of stored and owed rows exactly what is there.
/// </summary>
public sealed class DeadLetterSequenceTests(OldestSharedDatabase shared) : IClassFixture<OldestSharedDatabase>
{
    [Fact]
    public void In_memory_the_ledger_balances_after_any_sequence_of_operations() =>
        Try(tests: 200, (time, _) => new MemoryTelemetryStore(time));

    [Fact]
    public void In_SQLite_the_ledger_balances_after_any_sequence_of_operations() =>
        Try(tests: 40, (time, path) => new SqliteTelemetryStore(new SqliteStoreOptions { DataDirectory = path }, time, NullLogger<SqliteTelemetryStore>.Instance));

    [Fact]
    public async Task In_PostgreSQL_the_ledger_balances_after_any_sequence_of_operations()
    {
        var database = await shared.GetAsync();

        Try(tests: 25, (time, _) =>
        {
            database.Reset();
            return new PostgresTelemetryStore(new PostgresStoreOptions { ConnectionString = database.ConnectionString }, time, NullLogger<PostgresTelemetryStore>.Instance);
        });
    }

    private static void Try(int tests, Func<TimeProvider, string, ITelemetryStore> create) =>
        Prop.ForAll(Arb.From(LetterStep.Any.ArrayOf(), Shrink), sequence => LetterScene.RunAsync(sequence, create).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(tests).WithEndSize(40));

    private static IEnumerable<LetterStep[]> Shrink(LetterStep[] steps) =>
        Enumerable.Range(0, steps.Length).Select(gone => steps.Where((_, i) => i != gone).ToArray());
}

/// <summary>One operation on dead letters, with a number that decides its details.</summary>
public sealed record LetterStep(string Operation, int A)
{
    internal static Gen<LetterStep> Any { get; } =
        from operation in Gen.Frequency(
            (5, Gen.Constant("write")), (3, Gen.Constant("claim")), (3, Gen.Constant("replay_claimed")), (2, Gen.Constant("die")),
            (1, Gen.Constant("return")), (3, Gen.Constant("replay_by_hand")), (4, Gen.Constant("mend")), (2, Gen.Constant("discard")),
            (1, Gen.Constant("purge")), (1, Gen.Constant("trim")), (3, Gen.Constant("wait")))
        from a in Gen.Choose(0, 9)
        select new LetterStep(operation, a);
}

/// <summary>Carries out a sequence of steps, and looks after each whether all is accounted for.</summary>
internal sealed class LetterScene(ITelemetryStore store, ManualTimeProvider time)
{
    private static readonly Guid SpoolId = new("0190aaaa-0000-7000-8000-000000000004");

    private readonly IDeadLetterStore _letters = store.DeadLetters;
    private string? _leasedBy;
    private IReadOnlyList<long> _claimed = [];
    private long _batchSeq;
    private long _received;

    public static async Task<bool> RunAsync(IReadOnlyList<LetterStep> steps, Func<TimeProvider, string, ITelemetryStore> create)
    {
        using var directory = new TemporaryDirectory();
        var time = new ManualTimeProvider(Batches.Noon);
        await using var store = create(time, directory.Path);
        await store.OpenAsync(CancellationToken.None);
        var scene = new LetterScene(store, time);
        foreach (var step in steps)
        {
            await scene.DoAsync(step);
            await scene.ShouldBalanceAsync(step);
        }

        return true;
    }

    private async Task DoAsync(LetterStep step)
    {
        switch (step.Operation)
        {
            case "write":
                await WriteAsync(good: step.A % 3, bad: (step.A / 3) + 1);
                break;
            case "claim":
                _leasedBy = $"worker/{_batchSeq}/{time.GetUtcNow():O}";
                _claimed = await _letters.ClaimAsync(new DeadLetterClaim(_leasedBy, TimeSpan.FromMinutes(1), step.A + 1), CancellationToken.None);
                break;
            case "replay_claimed" when _leasedBy is not null:
                await _letters.ReplayAsync(new ReplayOrder(_claimed, _leasedBy, ReplayDelay), CancellationToken.None);
                break;
            case "die":
                (_leasedBy, _claimed) = (null, []); // its leases stay behind
                break;
            case "return" when _leasedBy is not null:
                await _letters.ReturnAsync(_leasedBy, CancellationToken.None);
                break;
            case "replay_by_hand":
                await _letters.ReplayAsync(new ReplayOrder(await SomeAsync(step.A), LeasedBy: null, ReplayDelay), CancellationToken.None);
                break;
            case "mend":
                await MendAsync(step.A);
                break;
            case "discard":
                await _letters.DiscardAsync(await SomeAsync(step.A), CancellationToken.None);
                break;
            case "purge":
                await _letters.PurgeAsync(new DeadLetterPurge(time.GetUtcNow().AddMinutes(-step.A), step.A % 2 == 0 ? DeadLetterPurge.Any : DeadLetterPurge.NotWaiting), CancellationToken.None);
                break;
            case "trim":
                await _letters.TrimAsync(new DeadLetterLimits { LettersMax = step.A, BytesMax = 1 << 20 }, CancellationToken.None);
                break;
            case "wait":
                time.Advance(TimeSpan.FromMinutes(step.A));
                break;
        }
    }

    private async Task WriteAsync(int good, int bad)
    {
        var rows = Enumerable.Range(0, good).Select(_ => Batches.Event()).Concat(Enumerable.Range(0, bad).Select(_ => Batches.Event(data: "[]"))).ToList();
        await store.WriteAsync(new StoreWrite(SpoolId, [Batches.OfEvents(++_batchSeq, _received + 1, time.GetUtcNow(), rows)]), CancellationToken.None);
        _received += rows.Count;
    }

    private async Task MendAsync(int which)
    {
        foreach (var id in (await SomeAsync(which)).Take(1))
        {
            var letter = (await _letters.GetAsync(id, CancellationToken.None))!;
            var at = 0;
            var row = EventCodec.ReadRow(letter.Payload, ref at) with { Data = "{}"u8.ToArray() };
            var bytes = Batches.Encode([row]);
            await _letters.EditAsync(new DeadLetterEdit(id, letter.Version, bytes, EventCodec.Version, DeadLetterPayload.Of(row, bytes)), CancellationToken.None);
        }
    }

    private async Task<IReadOnlyList<long>> SomeAsync(int which)
    {
        var all = await _letters.FindAsync(new DeadLetterFilter(), 100, CancellationToken.None);
        return [.. all.Where((_, i) => i % 4 == which % 4)];
    }

    private async Task ShouldBalanceAsync(LetterStep step)
    {
        var totals = (await store.ReadTotalsAsync(SpoolId, CancellationToken.None)).Events;
        var stored = (await store.ReadEventsAfterAsync(SpoolId, 0, 10_000, CancellationToken.None)).Select(e => e.SequenceId).ToList();
        var letters = await _letters.CountAsync(CancellationToken.None);
        totals.Total.ShouldBe(_received, $"after {step}");
        totals.Stored.ShouldBe(stored.Count, $"after {step}");
        stored.ShouldBeUnique($"after {step}");
        totals.DeadLettered.ShouldBe(letters.Pending + letters.Retrying + letters.Failed, $"after {step}");
        (await _letters.ListAsync(new DeadLetterQuery { Limit = 500 }, CancellationToken.None)).Items
            .ShouldAllBe(letter => letter.RetryCount <= letter.MaxRetries, $"after {step}");
    }

    private static TimeSpan ReplayDelay(int attempts) => TimeSpan.FromMinutes(attempts);
}
