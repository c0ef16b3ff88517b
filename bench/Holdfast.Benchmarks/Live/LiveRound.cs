using System.Globalization;

namespace Holdfast.Benchmarks.Live;

/// <summary>What one server did in one round.</summary>
internal sealed record LiveRound
{
    // Until what is compiled again for speed is.
    private const int WarmUpSeconds = 15;

    // Until the last message is with the last watcher.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public required double P50Milliseconds { get; init; }
    public required double P99Milliseconds { get; init; }
    public required double MaxMilliseconds { get; init; }
    public required double ProcessorSecondsPerMillion { get; init; }

    /// <summary>The same without what the server needs for taking the messages when nobody watches.</summary>
    public required double DeliverySecondsPerMillion { get; init; }
    public required double ResidentMegabytes { get; init; }
    public required double BytesPerMessage { get; init; }
    public required long Deliveries { get; init; }

    /// <summary>When some have stopped reading: the others' p99 in times of what it was before, and what the server has grown by.</summary>
    public (double P99Ratio, double GrownMegabytes)? Stopped { get; init; }

    public static async Task<LiveRound> RunAsync(LiveProtocol protocol, LivePlan plan)
    {
        var directory = Directory.CreateTempSubdirectory("holdfast-bench-").FullName;
        try
        {
            await using var server = await protocol.StartAsync(directory);
            return await MeasureAsync(protocol, server, plan);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>The medians, with the lowest and the highest.</summary>
    public static Dictionary<string, double[]> Summarize(IReadOnlyList<LiveRound> rounds)
    {
        var figures = Figures(rounds);
        if (rounds.All(round => round.Stopped is not null))
        {
            figures["stopped_p99_ratio"] = Spread(rounds, round => round.Stopped!.Value.P99Ratio);
            figures["stopped_grown_mb"] = Spread(rounds, round => round.Stopped!.Value.GrownMegabytes);
        }

        return figures;
    }

    private static Dictionary<string, double[]> Figures(IReadOnlyList<LiveRound> rounds) => new(StringComparer.Ordinal)
    {
        ["p50_ms"] = Spread(rounds, round => round.P50Milliseconds),
        ["p99_ms"] = Spread(rounds, round => round.P99Milliseconds),
        ["max_ms"] = Spread(rounds, round => round.MaxMilliseconds),
        ["cpu_s_per_million"] = Spread(rounds, round => round.ProcessorSecondsPerMillion),
        ["delivery_cpu_s_per_million"] = Spread(rounds, round => round.DeliverySecondsPerMillion),
        ["rss_mb"] = Spread(rounds, round => round.ResidentMegabytes),
        ["bytes_per_message"] = Spread(rounds, round => round.BytesPerMessage),
    };

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"p50 {P50Milliseconds} ms, p99 {P99Milliseconds} ms, max {MaxMilliseconds} ms, {ProcessorSecondsPerMillion} CPU s per million ({DeliverySecondsPerMillion} for delivery), {ResidentMegabytes} MB, {BytesPerMessage} B a message, {Deliveries} deliveries{(Stopped is var (ratio, grown) ? $"; with stopped readers p99 x {ratio}, {grown} MB more" : "")}");

    private static async Task<LiveRound> MeasureAsync(LiveProtocol protocol, IServerUnderLoad server, LivePlan plan)
    {
        var watchers = Enumerable.Range(0, plan.Watchers).Select(_ => new Watcher(protocol)).ToArray();
        using var publisher = new Publisher(protocol, server.Address, plan.Bytes);
        try
        {
            var unwatched = await MeasureUnwatchedAsync(publisher, server, plan);
            foreach (var some in watchers.Chunk(50))
            {
                await Task.WhenAll(some.Select(watcher => watcher.StartAsync(server.Address)));
            }

            await publisher.RunAsync(plan.Rate, WarmUpSeconds);
            await WhenToldAsync(watchers, plan.Rate * WarmUpSeconds);
            var all = await MeasureAsync(watchers, unwatched, publisher, server, plan);
            return plan.Stopped == 0 ? all : all with { Stopped = await CompareStoppedAsync(all, watchers, publisher, server, plan) };
        }
        finally
        {
            Array.ForEach(watchers, watcher => watcher.Dispose());
        }
    }

    /// <summary>Processor time for the messages alone.</summary>
    private static async Task<TimeSpan> MeasureUnwatchedAsync(Publisher publisher, IServerUnderLoad server, LivePlan plan)
    {
        await publisher.RunAsync(plan.Rate, WarmUpSeconds);
        var before = server.ProcessorTime;
        await publisher.RunAsync(plan.Rate, plan.Seconds);
        return server.ProcessorTime - before;
    }

    private static async Task<LiveRound> MeasureAsync(Watcher[] watchers, TimeSpan unwatched, Publisher publisher, IServerUnderLoad server, LivePlan plan)
    {
        Array.ForEach(watchers, watcher => watcher.Forget());
        var before = server.ProcessorTime;
        await publisher.RunAsync(plan.Rate, plan.Seconds);
        await WhenToldAsync(watchers, plan.Rate * plan.Seconds);
        return Of(watchers, server.ProcessorTime - before, unwatched, server.ResidentBytes);
    }

    private static async Task<(double P99Ratio, double GrownMegabytes)> CompareStoppedAsync(
        LiveRound all, Watcher[] watchers, Publisher publisher, IServerUnderLoad server, LivePlan plan)
    {
        Array.ForEach(watchers[..plan.Stopped], watcher => watcher.Stop());
        var others = await MeasureAsync(watchers[plan.Stopped..], TimeSpan.Zero, publisher, server, plan);
        return (Math.Round(others.P99Milliseconds / all.P99Milliseconds, 2), Math.Round(others.ResidentMegabytes - all.ResidentMegabytes, 1));
    }

    private static async Task WhenToldAsync(Watcher[] watchers, int messages)
    {
        var until = TimeProvider.System.GetTimestamp();
        while (watchers.Any(watcher => watcher.Ages.Count < messages))
        {
            if (TimeProvider.System.GetElapsedTime(until) > Patience)
            {
                throw new InvalidOperationException($"A watcher has {watchers.Min(watcher => watcher.Ages.Count)} of {messages} messages.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    private static LiveRound Of(Watcher[] watchers, TimeSpan processorTime, TimeSpan unwatched, long residentBytes)
    {
        var ages = watchers.SelectMany(watcher => watcher.Ages).Order().ToArray();
        return new LiveRound
        {
            P50Milliseconds = At(ages, 0.5),
            P99Milliseconds = At(ages, 0.99),
            MaxMilliseconds = At(ages, 1),
            ProcessorSecondsPerMillion = Math.Round(processorTime.TotalSeconds / ages.Length * 1e6, 1),
            DeliverySecondsPerMillion = Math.Round((processorTime - unwatched).TotalSeconds / ages.Length * 1e6, 1),
            ResidentMegabytes = Math.Round(residentBytes / 1048576.0, 1),
            BytesPerMessage = Math.Round((double)watchers.Sum(watcher => watcher.Bytes) / ages.Length),
            Deliveries = ages.Length,
        };
    }

    private static double At(int[] sorted, double share) => Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * share) - 1)] / 1_000.0, 2);

    private static double[] Spread(IReadOnlyList<LiveRound> rounds, Func<LiveRound, double> value)
    {
        var sorted = rounds.Select(value).Order().ToArray();
        return [sorted[sorted.Length / 2], sorted[0], sorted[^1]];
    }
}
