using Holdfast.Resilience;

namespace Holdfast.Pipeline;

/// <summary>How waiting batches are combined and sent to the store.</summary>
public sealed class FlusherOptions
{
    /// <summary>Rows of one transaction. Default: 5,000.</summary>
    public int RowsMax { get; set; } = 5_000;

    /// <summary>Bytes of one transaction. Default: 1 MiB.</summary>
    public long BytesMax { get; set; } = 1 << 20;

    /// <summary>
    /// How long the next batch waits for company after one was sent; a lone one goes at once. Default: 50 ms. Longer saves no processor
    /// time, and makes bursts of work that acknowledgements have to wait behind.
    /// </summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// The same while somebody watches at another node: there an event is seen once it is stored. Default: 10 ms, which costs the database
    /// two to three times as many transactions under a steady load.
    /// </summary>
    public TimeSpan LingerWatched { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Delays while the store is unavailable. Default: 250 ms doubling to 30 s, spread by 25 %.</summary>
    public BackoffSchedule Backoff { get; set; } = new(TimeSpan.FromMilliseconds(250), 2, TimeSpan.FromSeconds(30), 0.25);
}
