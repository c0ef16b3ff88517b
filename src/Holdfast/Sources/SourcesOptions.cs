namespace Holdfast.Sources;

/// <summary>The built-in sources.</summary>
public sealed class SourcesOptions
{
    /// <summary>The machine: processors, memory, disks, file systems, network. Linux only. Default: on.</summary>
    public bool Host { get; set; } = true;

    /// <summary>This process: processor time, memory, garbage collector, thread pool. Default: on.</summary>
    public bool Runtime { get; set; } = true;

    /// <summary>Events of the server itself, beside the moves of its circuit breakers. Default: on.</summary>
    public bool System { get; set; } = true;

    /// <summary>Time between two readings. Default: 1 second.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);
}
