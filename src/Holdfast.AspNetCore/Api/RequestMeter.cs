namespace Holdfast.AspNetCore.Api;

/// <summary>
/// How long answers took and how many failed, over the last minute: a histogram for each second, in memory of fixed size. A duration is known to
/// its bucket, an eighth of a power of two: at most 12.5 % too much. Safe for concurrent use.
/// </summary>
internal sealed class RequestMeter(TimeProvider time)
{
    /// <summary>Seconds that are looked back.</summary>
    public const int WindowSeconds = 60;

    // Eighths of powers of two of microseconds, up to an hour.
    private const int StepsPerPower = 8;
    private const int Buckets = 32 * StepsPerPower;

    private readonly Second[] _ring = [.. Enumerable.Range(0, WindowSeconds).Select(_ => new Second())];

    /// <summary>Notes an answer. What the server could not do counts as failed; what the caller did wrong does not.</summary>
    public void Note(long startedAt, int status)
    {
        var took = time.GetElapsedTime(startedAt);
        var now = Now();
        var second = _ring[(int)(now % WindowSeconds)];
        lock (second)
        {
            second.RewindNeedsLock(now);
            second.Durations[BucketOf(took)]++;
            second.Requests++;
            second.Failed += status >= 500 ? 1 : 0;
        }
    }

    public RequestsMeasured Measure()
    {
        var (durations, requests, failed, oldest) = (new long[Buckets], 0L, 0L, Now() - WindowSeconds);
        foreach (var second in _ring)
        {
            lock (second)
            {
                if (second.At <= oldest)
                {
                    continue;
                }

                requests += second.Requests;
                failed += second.Failed;
                for (var i = 0; i < Buckets; i++)
                {
                    durations[i] += second.Durations[i];
                }
            }
        }

        return new RequestsMeasured(requests, failed, requests == 0 ? null : UpperBoundOf(BucketAt(durations, (long)Math.Ceiling(requests * 0.95))));
    }

    private long Now() => time.GetTimestamp() / time.TimestampFrequency;

    private static int BucketAt(long[] durations, long rank)
    {
        var (bucket, seen) = (0, durations[0]);
        while (seen < rank)
        {
            seen += durations[++bucket];
        }

        return bucket;
    }

    private static int BucketOf(TimeSpan took) => (int)Math.Clamp(Math.Ceiling(Math.Log2(Math.Max(1, took.TotalMicroseconds)) * StepsPerPower), 0, Buckets - 1);

    private static TimeSpan UpperBoundOf(int bucket) => TimeSpan.FromMicroseconds(Math.Pow(2, (double)bucket / StepsPerPower));

    private sealed class Second
    {
        public long At { get; private set; } = long.MinValue;

        public long Requests { get; set; }

        public long Failed { get; set; }

        public long[] Durations { get; } = new long[Buckets];

        public void RewindNeedsLock(long now)
        {
            if (At == now)
            {
                return;
            }

            (At, Requests, Failed) = (now, 0, 0);
            Array.Clear(Durations);
        }
    }
}

/// <param name="Requests">Answers in the window; streams and sockets are none.</param>
/// <param name="Failed">Those of them with a status of 500 or more.</param>
/// <param name="P95">Nineteen of twenty took at most this long. Null: there were none.</param>
internal readonly record struct RequestsMeasured(long Requests, long Failed, TimeSpan? P95);
