using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>How much room there is where the data directory is.</summary>
/// <param name="space">Bytes that are free for this process, and bytes in all.</param>
internal sealed class DiskCheck(Func<(long Free, long Total)> space) : IHealthCheck
{
    private const long Warned = 1_000_000_000;
    private const long Least = 100_000_000;

    /// <param name="directory">The data directory.</param>
    public static DiskCheck Of(string directory) => new(() =>
    {
        var drive = new DriveInfo(Path.GetFullPath(directory));
        return (drive.AvailableFreeSpace, drive.TotalSize);
    });

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (free, total) = space();
        var sentence = $"{free / 1_000_000} MB are free where the data directory is.";
        return new Found()
            .Value("free_bytes", free)
            .Value("total_bytes", total)
            .FailIf(free < Least, sentence)
            .WarnIf(free is >= Least and < Warned, sentence)
            .AsTask();
    }
}
