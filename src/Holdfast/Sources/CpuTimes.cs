namespace Holdfast.Sources;

/// <summary>
/// Time all processors together have spent in each mode since boot, in ticks of the kernel, from the first line of /proc/stat. Time of
/// guests is not listed by itself: the kernel counts it in user and nice already.
/// </summary>
internal sealed class CpuTimes
{
    /// <summary>Values of the label <c>cpu.mode</c>, in the order of the columns.</summary>
    public static IReadOnlyList<string> Modes { get; } = ["user", "nice", "system", "idle", "iowait", "interrupt", "softirq", "steal"];

    private readonly double[] _ticks;

    private CpuTimes(double[] ticks) => _ticks = ticks;

    /// <summary>Null when the text is not what the kernel writes. Old kernels have fewer modes; those are absent.</summary>
    public static CpuTimes? Parse(ReadOnlySpan<char> stat)
    {
        var end = stat.IndexOf('\n');
        var columns = ProcText.Columns(end < 0 ? stat : stat[..end]);
        if (columns.Length < 5 || columns[0] != "cpu")
        {
            return null;
        }

        var ticks = new double[Math.Min(Modes.Count, columns.Length - 1)];
        for (var i = 0; i < ticks.Length; i++)
        {
            if (!ProcText.TryCounter(columns, i + 1, out ticks[i]))
            {
                return null;
            }
        }

        return new CpuTimes(ticks);
    }

    /// <summary>
    /// The share of each mode since an earlier reading, 0 to 1, together 1. Empty when no time has passed. A mode that went backwards, as
    /// iowait can, counts as no time.
    /// </summary>
    public IReadOnlyList<(string Mode, double Share)> SharesSince(CpuTimes earlier)
    {
        var spent = _ticks.Zip(earlier._ticks, (now, then) => Math.Max(0, now - then)).ToArray();
        var total = spent.Sum();
        return total > 0 ? spent.Select((ticks, i) => (Modes[i], ticks / total)).ToList() : [];
    }
}
