using Holdfast.Spool;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>Whether what is received can be made durable, how full the spool is, and how long something has been waiting in it.</summary>
/// <param name="read">The spool as it is now.</param>
/// <param name="isTaken">Whether the store takes data.</param>
internal sealed class SpoolCheck(Func<SpoolSnapshot> read, Func<bool> isTaken, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan AgeWarned = TimeSpan.FromMinutes(1);

    // The database takes data, so what waits for so long is not moved by anybody.
    private static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(15);

    // A disk that needs a second for a sync is the reason why producers wait.
    private static readonly TimeSpan CommitWarned = TimeSpan.FromSeconds(1);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var now = read();
        var age = now.OldestReceivedAt is { } oldest ? time.GetUtcNow() - oldest : TimeSpan.Zero;
        var full = now.DiskBytesMax == 0 ? 0 : 100.0 * now.LiveBytes / now.DiskBytesMax;
        return new Found()
            .Value("bytes", now.LiveBytes)
            .Value("bytes_max", now.DiskBytesMax)
            .Value("rows", now.Rows)
            .Value("oldest_age_s", Math.Max(0, age.TotalSeconds))
            .Value("last_commit_ms", now.LastCommitDuration.TotalMilliseconds)
            .FailIf(now.Fault is not null, $"It cannot be written, so nothing is accepted: {now.Fault}")
            .FailIf(now.Level == SpoolLevel.Refuse, $"It is {full:F0} % full: new data is refused until the store drains it.")
            .WarnIf(now.Level is SpoolLevel.Warn or SpoolLevel.Slow, $"It is {full:F0} % full.")
            .FailIf(age > AgeMax && isTaken(), $"The oldest batch has been waiting for {age.TotalMinutes:F0} minutes although the store takes data.")
            .WarnIf(age > AgeWarned && (age <= AgeMax || !isTaken()), $"The oldest batch has been waiting for {age.TotalSeconds:F0} s.")
            .WarnIf(now.LastCommitDuration > CommitWarned, $"The last commit took {now.LastCommitDuration.TotalSeconds:F1} s: the disk is slow.")
            .WarnIf(now.LostRows > 0, $"{now.LostRows} rows were lost with a damaged file; the ledger says which.")
            .AsTask();
    }
}
