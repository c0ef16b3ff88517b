using Holdfast.Resilience;

namespace Holdfast.Components;

/// <summary>How components are hosted.</summary>
public sealed class ComponentHostOptions
{
    /// <summary>Only these components; empty: all. Default: empty.</summary>
    public IReadOnlyList<string> Enabled { get; set; } = [];

    /// <summary>Not these components, whatever <see cref="Enabled"/> says. Default: empty.</summary>
    public IReadOnlyList<string> Disabled { get; set; } = [];

    /// <summary>How long subscribing may take, for each component. Default: 1 second.</summary>
    public TimeSpan InitializeTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a start may take, for each component that says nothing else. Default: 10 seconds.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stop may take, for each component that says nothing else; at most half of it for what waits on the bus. Default: 5 seconds.</summary>
    public TimeSpan StopBudget { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Delays before a failed component is started again. Default: 1 s, doubling up to 30 s, a quarter either way.</summary>
    public BackoffSchedule Retry { get; set; } = new(TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(30), 0.25);
}
