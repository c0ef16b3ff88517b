using Holdfast.Flags;
using Holdfast.Pipeline;

namespace Holdfast;

/// <summary>Binds the flags to the persister of the validation metrics, which is told of changes: it may be in the middle of a long wait.</summary>
internal static class PersisterSettings
{
    public static MetricsPersisterOptions Read(FlagManager flags) => new()
    {
        Enabled = flags.GetBool(FlagNames.MetricsPersistence),
        FlushInterval = TimeSpan.FromSeconds(flags.GetInt(FlagNames.MetricsFlushInterval)),
        RowsPerWrite = (int)flags.GetInt(FlagNames.BatchSize),
    };

    /// <summary>Tells the persister of changes until the answer is disposed of.</summary>
    public static IDisposable Follow(FlagManager flags, MetricsPersister persister) => flags.OnChange(change =>
    {
        if (change.Name is FlagNames.MetricsPersistence or FlagNames.MetricsFlushInterval)
        {
            persister.OnOptionsChanged();
        }
    });
}
