namespace Holdfast.Spool;

/// <summary>Settings of the durable waiting room.</summary>
public sealed class SpoolOptions
{
    /// <summary>Directory of <c>spool.db</c> and <c>spool.mark</c>. Default: <c>./data</c>.</summary>
    public string DataDirectory { get; set; } = "./data";

    /// <summary>Bytes of waiting batches on disk. At 70 % it warns, at 85 % it slows, at 95 % it refuses. Default: 2 GiB.</summary>
    public long DiskBytesMax { get; set; } = 2L << 30;

    /// <summary>Bytes held in memory for appends on their way to disk and for batches the flusher will want next. Default: 64 MiB.</summary>
    public long MemoryBytesMax { get; set; } = 64L << 20;

    /// <summary>What an acknowledgement is worth: <c>durable</c> (default), <c>process</c> or <c>memory</c>.</summary>
    public string Durability { get; set; } = "durable";
}
