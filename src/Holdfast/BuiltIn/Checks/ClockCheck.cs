using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>How far this machine's clock is from the database's, which decides about leases, schedules and what is deleted.</summary>
/// <param name="ask">The database's clock; null: it has none of its own.</param>
internal sealed class ClockCheck(Func<CancellationToken, ValueTask<DateTimeOffset?>> ask, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan Warned = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(1);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (asked, began) = (time.GetUtcNow(), time.GetTimestamp());
        if (await ask(cancellationToken) is not { } theirs)
        {
            return new Found().Value("skew_s", 0).Result();
        }

        // The answer was given somewhere between the question and now, so half of the way there and back is no skew.
        var skew = asked + (time.GetElapsedTime(began) / 2) - theirs;
        var sentence = $"This machine's clock is {Math.Abs(skew.TotalSeconds):F1} s {(skew > TimeSpan.Zero ? "ahead of" : "behind")} the database's.";
        return new Found()
            .Value("skew_s", skew.TotalSeconds)
            .FailIf(skew.Duration() > Most, sentence)
            .WarnIf(skew.Duration() > Warned && skew.Duration() <= Most, sentence)
            .Result();
    }
}
