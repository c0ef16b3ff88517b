using Holdfast.Events;

namespace Holdfast.Components;

/// <summary>What a component is given: the bus under its own name, and the way to say how it is. Safe for concurrent use.</summary>
public sealed class ComponentContext
{
    private readonly ComponentCondition _condition;

    internal ComponentContext(BusEndpoint bus, TimeProvider time, ComponentCondition condition)
    {
        _condition = condition;
        Bus = bus;
        Time = time;
    }

    /// <summary>The bus. What is published here has the component's name as source; subscriptions end with the component.</summary>
    public BusEndpoint Bus { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>It serves, with everything it should have.</summary>
    public void ReportReady() => _condition.Ready();

    /// <summary>It serves as far as it can.</summary>
    /// <param name="reason">What is missing, for people.</param>
    public void ReportDegraded(string reason) => _condition.Degraded(reason);

    /// <summary>It does not serve for now: requests to it wait until it is ready or their time is over, and those that depend on it are degraded.</summary>
    /// <param name="reason">Why, for people.</param>
    public void ReportNotReady(string reason) => _condition.NotReady(reason);

    /// <summary>It cannot go on. It is stopped and started again, with growing delays.</summary>
    public void ReportFailed(Exception fault) => _condition.Break(fault);
}
