using System.Globalization;
using Holdfast.Flags.Rules;

namespace Holdfast.Rollout;

internal enum RolloutMove
{
    Stay,
    Advance,
    Complete,
    RollBack,
}

/// <summary>What a rollout does next, and why.</summary>
/// <param name="BaselineMs">What is known of the baseline now; null: nothing.</param>
internal sealed record RolloutDecision(RolloutMove Move, string Because, double? BaselineMs);

/// <summary>What was measured of a variant within the windows of the guards.</summary>
/// <param name="Requests">Within the window of errors.</param>
/// <param name="Errors">Of these.</param>
/// <param name="P95">The 95th percentile of latency within its window, in milliseconds; null: none was measured.</param>
internal sealed record RolloutFigures(long Requests, long Errors, double? P95)
{
    public double ErrorRate => Requests == 0 ? 0 : (double)Errors / Requests;
}

/// <summary>What a look at a rollout has found.</summary>
/// <param name="Because">Why it is where it is.</param>
/// <param name="Variant">Of those who have the variant.</param>
/// <param name="Others">Of everybody else.</param>
internal sealed record RolloutLook(string Because, RolloutFigures Variant, RolloutFigures Others);

/// <summary>
/// Decides over a rollout from what was measured. Pure: all nodes come to the same conclusion, and the store decides whose is written.
/// <para>
/// A guard is broken when its condition holds in each fifth of its window, so neither a short burst nor one slow minute is enough, and a
/// lasting fault is noticed when its window has passed. Latency is compared with everybody who does not have the variant, in the same window;
/// with the last baseline that was measured when too few of them are left.
/// </para>
/// </summary>
internal static class GuardJudge
{
    private const int Fifths = 5;
    private const double Percentile = 0.95;

    /// <summary>How far back it looks at most; older samples need not be kept.</summary>
    public static readonly TimeSpan Horizon = TimeSpan.FromHours(1);

    public static RolloutDecision Decide(GuardedRollout rollout, IReadOnlyList<FlagSample> samples, DateTimeOffset now)
    {
        var baseline = Baseline(rollout, Since(samples, now - rollout.Guards.LatencyWindow));
        RolloutDecision Say(RolloutMove move, string because) => new(move, because, baseline);
        if (FindBroken(rollout, samples, now, baseline) is { } broken)
        {
            return Say(RolloutMove.RollBack, broken);
        }

        if (rollout.Status != RolloutStatus.Running)
        {
            return Say(RolloutMove.Stay, "It is paused.");
        }

        return FindHindrance(rollout, samples, now, baseline) is { } hindrance ? Say(RolloutMove.Stay, hindrance)
            : rollout.Step < rollout.Steps.Count - 1 ? Say(RolloutMove.Advance, $"{Percent(rollout.Buckets)} went well for {Seconds(now - rollout.StepBeganAt)}.")
            : Say(RolloutMove.Complete, $"The last step went well for {Seconds(now - rollout.StepBeganAt)}.");
    }

    /// <summary>The figures that the guards go by, for people to see before anything is decided.</summary>
    public static RolloutLook Look(GuardedRollout rollout, IReadOnlyList<FlagSample> samples, DateTimeOffset now, string because)
    {
        var (from, slowFrom) = (now - rollout.Guards.ErrorWindow, now - rollout.Guards.LatencyWindow);
        RolloutFigures Of(Func<FlagSample, bool> which)
        {
            var some = samples.Where(which).ToList();
            var errors = Sum(Since(some, from));
            return new RolloutFigures(errors.Requests, errors.Errors, Sum(Since(some, slowFrom)).P95);
        }

        return new RolloutLook(because, Of(sample => sample.Variant == rollout.Variant && sample.At >= rollout.BeganAt), Of(sample => sample.Variant != rollout.Variant));
    }

    private static string? FindBroken(GuardedRollout rollout, IReadOnlyList<FlagSample> samples, DateTimeOffset now, double? baseline)
    {
        var guards = rollout.Guards;
        var own = samples.Where(sample => sample.Variant == rollout.Variant && sample.At >= rollout.BeganAt).ToList();
        if (Throughout(own, guards.ErrorWindow, guards.SamplesMin, now, some => some.ErrorRate > guards.ErrorRateMax) is { } failing)
        {
            return $"Of {failing.Requests} requests {Rate(failing.ErrorRate)} failed within {Seconds(guards.ErrorWindow)}, and {Rate(guards.ErrorRateMax)} may.";
        }

        return baseline is { } usual && Throughout(own, guards.LatencyWindow, guards.SamplesMin, now, some => some.P95 > guards.LatencyFactorMax * usual) is { } slow
            ? $"95 % of {slow.Requests} requests took up to {Milliseconds(slow.P95)} within {Seconds(guards.LatencyWindow)}, more than {guards.LatencyFactorMax.ToString(CultureInfo.InvariantCulture)} times the {Milliseconds(usual)} of the others."
            : null;
    }

    /// <summary>Why it may not go on yet.</summary>
    private static string? FindHindrance(GuardedRollout rollout, IReadOnlyList<FlagSample> samples, DateTimeOffset now, double? baseline)
    {
        var guards = rollout.Guards;
        var soaked = now - rollout.StepBeganAt;
        if (soaked < rollout.Soak)
        {
            return $"It soaks for another {Seconds(rollout.Soak - soaked)}.";
        }

        var step = Sum(samples.Where(sample => sample.Variant == rollout.Variant && sample.At >= rollout.StepBeganAt));
        return step.Requests < guards.SamplesMin ? $"It waits for samples: {step.Requests} of {guards.SamplesMin}."
            : step.ErrorRate > guards.ErrorRateMax ? $"{Rate(step.ErrorRate)} of its requests failed in this step, and {Rate(guards.ErrorRateMax)} may."
            : baseline is { } usual && step.P95 > guards.LatencyFactorMax * usual ? $"It is too slow in this step: {Milliseconds(step.P95)}, and the others {Milliseconds(usual)}."
            : null;
    }

    /// <summary>The sum over the window, when there are enough samples and the condition holds in each fifth of it; null otherwise.</summary>
    private static Measured? Throughout(IReadOnlyList<FlagSample> own, TimeSpan window, long samplesMin, DateTimeOffset now, Func<Measured, bool> condition)
    {
        var from = now - window;
        var fifths = Since(own, from).GroupBy(sample => Math.Min(Fifths - 1, (int)((sample.At - from) / window * Fifths))).Select(Sum).ToList();
        var total = fifths.Aggregate(new Measured(0, 0, LatencyHistogram.Empty), (sum, fifth) => sum + fifth);
        return fifths.Count == Fifths && total.Requests >= Math.Max(1, samplesMin) && fifths.TrueForAll(fifth => condition(fifth)) ? total : null;
    }

    private static double? Baseline(GuardedRollout rollout, IEnumerable<FlagSample> samples)
    {
        var others = Sum(samples.Where(sample => sample.Variant != rollout.Variant));
        return others.Latencies.Count >= Math.Max(1, rollout.Guards.SamplesMin) ? others.P95 : rollout.BaselineMs;
    }

    private static IEnumerable<FlagSample> Since(IEnumerable<FlagSample> samples, DateTimeOffset from) => samples.Where(sample => sample.At >= from);

    private static Measured Sum(IEnumerable<FlagSample> samples) =>
        samples.Aggregate(new Measured(0, 0, LatencyHistogram.Empty), (sum, one) => sum + new Measured(one.Requests, one.Errors, one.Latencies));

    private static string Percent(int buckets) => string.Create(CultureInfo.InvariantCulture, $"{new FlagShare("", buckets).Percent:0.###} %");

    private static string Rate(double rate) => string.Create(CultureInfo.InvariantCulture, $"{rate * 100:0.##} %");

    private static string Milliseconds(double? latency) => string.Create(CultureInfo.InvariantCulture, $"{latency:0.#} ms");

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds):0} s");

    private sealed record Measured(long Requests, long Errors, LatencyHistogram Latencies)
    {
        public double ErrorRate => Requests == 0 ? 0 : (double)Errors / Requests;

        public double? P95 => Latencies.Percentile(Percentile);

        public static Measured operator +(Measured left, Measured right) => new(left.Requests + right.Requests, left.Errors + right.Errors, left.Latencies + right.Latencies);
    }
}
