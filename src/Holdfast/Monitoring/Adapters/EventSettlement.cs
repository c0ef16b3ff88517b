namespace Holdfast.Monitoring.Adapters;

/// <summary>What became of an update that an adapter had taken and somebody outside had to acknowledge.</summary>
/// <param name="Update">The update as it was handed over.</param>
/// <param name="Events">Events of it that the adapter was to carry.</param>
/// <param name="Latency">Of the request that it was acknowledged by; null when it was not.</param>
/// <param name="Fault">Why it was given up; null: it was acknowledged.</param>
internal sealed record EventSettlement(LogUpdate Update, int Events, TimeSpan? Latency, string? Fault)
{
    /// <summary>What was carried of it, as it was sent.</summary>
    public IReadOnlyList<byte[]> Frames { get; init; } = [];

    /// <summary>Events of it that are too long to be carried, and were told as gaps.</summary>
    public int TooLong { get; init; }
}
