using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>How much of the memory that the process may have is used, and how much of its time goes into collecting garbage.</summary>
/// <param name="read">The figures of the moment.</param>
internal sealed class MemoryCheck(Func<MemoryFigures> read) : IHealthCheck
{
    private const double Warned = 0.9;
    private const double Most = 0.98;
    private const double PausesWarned = 25;

    public MemoryCheck()
        : this(MemoryFigures.OfProcess)
    {
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var now = read();
        var used = now.Limit == 0 ? 0 : (double)now.WorkingSet / now.Limit;
        var sentence = $"The process uses {100 * used:F0} % of the memory that it may have.";
        return new Found()
            .Value("working_set_bytes", now.WorkingSet)
            .Value("limit_bytes", now.Limit)
            .Value("heap_bytes", now.Heap)
            .Value("gc_pause_percent", now.PausePercent)
            .FailIf(used >= Most, sentence)
            .WarnIf(used is >= Warned and < Most, sentence)
            .WarnIf(now.PausePercent >= PausesWarned, $"{now.PausePercent:F0} % of the time goes into collecting garbage.")
            .AsTask();
    }
}

/// <summary>The memory of the process at one instant.</summary>
/// <param name="Limit">What it may have: the machine's, or less in a container.</param>
/// <param name="PausePercent">Of the time, in which it stood still for collections.</param>
internal readonly record struct MemoryFigures(long WorkingSet, long Limit, long Heap, double PausePercent)
{
    public static MemoryFigures OfProcess()
    {
        var collected = GC.GetGCMemoryInfo();
        return new MemoryFigures(Environment.WorkingSet, collected.TotalAvailableMemoryBytes, collected.HeapSizeBytes, collected.PauseTimePercentage);
    }
}
