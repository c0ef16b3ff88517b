using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Holdfast.Postgres.Retries;
using Holdfast.Postgres.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Holdfast.Benchmarks.Retries;

/// <summary>
/// What an open transaction of somebody else costs the queue: first how much goes through it, handed in and executed at the same time, then half
/// of that at a steady rate while a transaction is held, a line a minute.
/// </summary>
internal static class HeldVerb
{
    private const int Chunk = 500;
    private const int UnderWayMax = 20_000;
    private static readonly TimeSpan FullFor = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var postgres = arguments.Text("postgres") ?? throw new ArgumentException("--postgres has to name an empty database.", nameof(arguments));
        var (minutes, payload) = (arguments.Int("minutes", 10), arguments.Int("payload", 256));
        await using var source = NpgsqlDataSource.Create(postgres);
        await using var store = new PostgresRetryStore(
            new PostgresStoreOptions { ConnectionString = postgres }, TimeProvider.System, NullLogger<PostgresRetryStore>.Instance);
        await store.OpenAsync(CancellationToken.None);

        var handler = new NoOpHandler();
        await using var running = new RunningEngine(store, store.Doorbell, handler, arguments.Int("workers", 16));
        var load = new Load(store, handler, payload);
        await load.RunAsync(double.MaxValue, TimeSpan.FromSeconds(5));
        var full = (await load.RunAsync(double.MaxValue, FullFor)).DonePerSecond;
        var free = await load.RunAsync(full / 2, FullFor);
        Tell("free", free);

        await using var holder = await source.OpenConnectionAsync();
        await using var held = await holder.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await new NpgsqlCommand("SELECT count(*) FROM holdfast.retry_policies", holder, held).ExecuteScalarAsync();
        var last = free;
        for (var minute = 1; minute <= minutes; minute++)
        {
            last = await load.RunAsync(full / 2, TimeSpan.FromMinutes(1));
            Tell($"held {minute} min", last);
        }

        // What the machine does by then, without the transaction: other work on it has to show here as well.
        await held.RollbackAsync();
        var after = await load.RunAsync(full / 2, FullFor);
        Tell("free again", after);

        Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["full_per_s"] = Math.Round(full),
            ["offered_per_s"] = Math.Round(full / 2),
            ["free_per_s"] = Math.Round(free.DonePerSecond),
            ["held_per_s"] = Math.Round(last.DonePerSecond),
            ["free_again_per_s"] = Math.Round(after.DonePerSecond),
            ["ratio"] = Math.Round(last.DonePerSecond / free.DonePerSecond, 2),
            ["free_p50_ms"] = Math.Round(free.P50Milliseconds, 1),
            ["free_p99_ms"] = Math.Round(free.P99Milliseconds, 1),
            ["held_p50_ms"] = Math.Round(last.P50Milliseconds, 1),
            ["held_p99_ms"] = Math.Round(last.P99Milliseconds, 1),
            ["minutes"] = minutes,
            ["payload"] = payload,
            ["processors"] = Environment.ProcessorCount,
        }));
        return 0;
    }

    private static void Tell(string what, Passed passed) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{what}: {passed.DonePerSecond:N0}/s, handed in to begun p50 {passed.P50Milliseconds:N1} ms, p99 {passed.P99Milliseconds:N1} ms"));

    private readonly record struct Passed(double DonePerSecond, double P50Milliseconds, double P99Milliseconds);

    /// <summary>Hands items in, so many a second if the queue keeps up, and waits while too many are under way.</summary>
    private sealed class Load(PostgresRetryStore store, NoOpHandler handler, int payload)
    {
        private readonly string _pad = new('x', payload);
        private long _handedIn;

        public async Task<Passed> RunAsync(double rate, TimeSpan duration)
        {
            var (started, doneBefore, delaysBefore, sent) = (Stopwatch.GetTimestamp(), handler.Done, handler.DelaysMs.Count, 0L);
            while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < duration)
            {
                if (_handedIn - handler.Done > UnderWayMax || sent > elapsed.TotalSeconds * rate)
                {
                    await Task.Delay(1);
                    continue;
                }

                await HandInAsync();
                sent += Chunk;
            }

            var done = handler.Done - doneBefore;
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            while (handler.Done < _handedIn)
            {
                await Task.Delay(5);
            }

            var delays = handler.DelaysMs.Skip(delaysBefore).Order().ToArray();
            return new Passed(done / seconds, delays[delays.Length / 2], delays[(int)(delays.Length * 0.99)]);
        }

        // The first of each portion tells how long it takes until it begins.
        private async Task HandInAsync()
        {
            var plain = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["pad"] = _pad });
            var timed = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["at"] = Stopwatch.GetTimestamp(), ["pad"] = _pad });
            await store.EnqueueAsync([OurQueue.Item(timed), .. Enumerable.Range(1, Chunk - 1).Select(_ => OurQueue.Item(plain))], CancellationToken.None);
            await store.Doorbell.RingAsync(CancellationToken.None);
            _handedIn += Chunk;
        }
    }
}
