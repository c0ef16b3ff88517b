using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Holdfast.Cli.Load;

/// <summary>Sends a plan over several connections. A request that is late is not left out, and its latency counts from when it was due: a server that stalls is not flattered.</summary>
/// <param name="within">How long each answer may take: a server that takes connections and says nothing must not hold up the report.</param>
internal sealed class LoadRun(Session session, LoadPlan plan, TimeSpan within)
{
    // What has not been sent by then is reported as not sent.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<double> _latencies = new();
    private readonly ConcurrentDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private long _started;
    private long _next;
    private long _sent;
    private long _acknowledged;
    private long _failed;

    /// <summary>How much of the time is over, 0 to 1.</summary>
    public double Share => Math.Min(1, Elapsed / plan.Duration);

    private TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    public async Task<LoadReport> RunAsync(int connections, CancellationToken cancellationToken)
    {
        _started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => SendAsync(cancellationToken)));
        return new LoadReport(_acknowledged, _failed, plan.Rate == 0 ? 0 : plan.Events - _sent, Elapsed, [.. _latencies], _errors);
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        for (var request = Next(); request is { } number; request = Next())
        {
            var due = plan.DueAt(number);
            if (due - Elapsed is { Ticks: > 0 } early)
            {
                await Task.Delay(early, cancellationToken);
            }

            await SendAsync(number, due ?? Elapsed, cancellationToken);
        }
    }

    private long? Next()
    {
        if (plan.Rate == 0 ? Elapsed >= plan.Duration : Elapsed >= plan.Duration + Grace)
        {
            return null;
        }

        var number = Interlocked.Increment(ref _next) - 1;
        return plan.Rate == 0 || number < plan.Requests ? number : null;
    }

    private async Task SendAsync(long number, TimeSpan due, CancellationToken cancellationToken)
    {
        var size = plan.SizeOf(number);
        var (status, answer, inTime) = await session.SendBodyAsync("api/events", plan.BodyOf(number), within, cancellationToken);
        var accepted = status == HttpStatusCode.Accepted && answer.ValueKind == JsonValueKind.Object ? answer.GetProperty("accepted").GetInt64() : 0;
        Interlocked.Add(ref _sent, size);
        Interlocked.Add(ref _acknowledged, accepted);
        Interlocked.Add(ref _failed, size - accepted);
        if (accepted == size)
        {
            _latencies.Enqueue((Elapsed - due).TotalMilliseconds);
        }
        else
        {
            _errors.AddOrUpdate(status is { } refused ? $"{(int)refused}" : inTime ? "unreachable" : "timeout", 1, (_, count) => count + 1);
        }
    }
}
