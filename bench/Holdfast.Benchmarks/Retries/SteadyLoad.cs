using System.Diagnostics;
using System.Text.Json;
using Holdfast.Postgres.Retries;
using Holdfast.Retries;
using Npgsql;

namespace Holdfast.Benchmarks.Retries;

/// <summary>Items handed in one at a time while workers execute them: as fast as producers that await each can, then at a rate.</summary>
internal static class SteadyLoad
{
    private const int Producers = 8;
    private const int SinglesEach = 1_000;
    private const int Rate = 200;
    private static readonly TimeSpan RateFor = TimeSpan.FromSeconds(10);

    public static async Task<SteadyRun> RunAsync(NpgsqlDataSource source, PostgresRetryStore store, RetriesPlan plan)
    {
        var bare = await BareLoop.SinglesAsync(source, Producers, SinglesEach, plan.Payload);
        var handler = new NoOpHandler();
        await using var running = new RunningEngine(store, store.Doorbell, handler, plan.Workers);
        var pad = new string('x', plan.Payload);
        var single = await SinglesAsync(running.Queue, pad);
        await UntilAsync(() => handler.Done >= Producers * SinglesEach);

        await AtRateAsync(running.Queue, pad);
        await UntilAsync(() => handler.DelaysMs.Count >= Rate * (int)RateFor.TotalSeconds);

        var delays = handler.DelaysMs.Order().ToArray();
        return new SteadyRun(bare, single, delays[(int)(delays.Length * 0.99)]);
    }

    private static async Task<double> SinglesAsync(IRetryQueue queue, string pad)
    {
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(async _ =>
        {
            for (var i = 0; i < SinglesEach; i++)
            {
                await queue.EnqueueAsync(Draft(new Dictionary<string, object> { ["pad"] = pad }));
            }
        }));
        return Producers * SinglesEach / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task AtRateAsync(IRetryQueue queue, string pad)
    {
        var started = Stopwatch.GetTimestamp();
        var under = new List<Task>();
        for (var i = 0; i < Rate * RateFor.TotalSeconds; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / Rate) - Stopwatch.GetElapsedTime(started);
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due);
            }

            under.Add(queue.EnqueueAsync(Draft(new Dictionary<string, object> { ["at"] = Stopwatch.GetTimestamp(), ["pad"] = pad })).AsTask());
        }

        await Task.WhenAll(under);
    }

    private static RetryDraft Draft(Dictionary<string, object> payload) =>
        new() { OperationType = NoOpHandler.Type, Payload = JsonSerializer.SerializeToElement(payload) };

    private static async Task UntilAsync(Func<bool> isSo)
    {
        while (!isSo())
        {
            await Task.Delay(20);
        }
    }
}
