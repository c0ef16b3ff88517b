namespace Holdfast.Flags;

/// <summary>Settings that are allowed each by itself and make no sense together; pure.</summary>
internal static class FlagConsistency
{
    /// <param name="read">The value in effect of a flag.</param>
    public static IEnumerable<string> FindIssues(Func<string, object> read)
    {
        if ((bool)read(FlagNames.ValidationStrict) && !(bool)read(FlagNames.EnableValidation))
        {
            yield return "VALIDATION_STRICT enabled but ENABLE_VALIDATION disabled";
        }

        if ((bool)read(FlagNames.DualMode) && !(bool)read(FlagNames.UseAdapter))
        {
            yield return "DUAL_MODE enabled but USE_ADAPTER disabled";
        }

        if ((bool)read(FlagNames.MetricsPersistence) && (long)read(FlagNames.MetricsFlushInterval) <= 0)
        {
            yield return "METRICS_PERSISTENCE enabled but METRICS_FLUSH_INTERVAL invalid";
        }
    }
}
