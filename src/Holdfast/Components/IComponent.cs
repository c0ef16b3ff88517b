namespace Holdfast.Components;

/// <summary>
/// A part of the server with a life of its own. Its host calls these methods one after another, never two at a time, each with a limit of
/// time; what throws or hangs is isolated and tried again, and nothing else is held up.
/// </summary>
public interface IComponent
{
    /// <summary>Its name: in configuration, in the dependencies of others, and on the bus. Unique.</summary>
    string Name { get; }

    /// <summary>Whom it needs, and whom it can do without. Default: nobody.</summary>
    ComponentDependencies Dependencies => ComponentDependencies.None;

    /// <summary>How long <see cref="StartAsync"/> may take. Null: <see cref="ComponentHostOptions.StartTimeout"/>.</summary>
    TimeSpan? StartTimeout => null;

    /// <summary>How long <see cref="StopAsync"/> may take, with what waits on the bus before it. Null: <see cref="ComponentHostOptions.StopBudget"/>.</summary>
    TimeSpan? StopBudget => null;

    /// <summary>
    /// Subscribes, and does nothing else: no I/O, and no requests, which the bus refuses here. All components are initialized before the bus
    /// delivers anything. It is called again when it failed; what it had subscribed to is taken back then.
    /// </summary>
    /// <param name="context">The bus under its name, and the way to say how it is.</param>
    /// <param name="cancellationToken">Cancelled when it takes too long.</param>
    ValueTask InitializeAsync(ComponentContext context, CancellationToken cancellationToken);

    /// <summary>
    /// Starts. Hard dependencies are ready by then; soft ones have had their first try. What may be away for long, such as a database, is
    /// connected to in the background: <see cref="ReadyAsync"/> tells when.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when it takes too long, or when the host stops.</param>
    ValueTask StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Completes when it can serve; may take any time, but is begun within the limit of the start, so it must not block its thread. It is left
    /// alone once its token is cancelled: the stop does not wait for it. Default: it can as soon as it has started.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when it has failed meanwhile, or when the host stops.</param>
    ValueTask ReadyAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>
    /// Stops, after everything that depends on it has. Is also called after a start that failed, before the next try, so it must bear to
    /// find things half done.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the budget is used up.</param>
    ValueTask StopAsync(CancellationToken cancellationToken);
}

/// <summary>Whom a component depends on, by name.</summary>
/// <param name="Hard">It is not started before these are ready. Each must be there and enabled.</param>
/// <param name="Soft">It starts after their first try, whatever came of it, and runs degraded while they are not ready. One that is not there is done without.</param>
public sealed record ComponentDependencies(IReadOnlyList<string> Hard, IReadOnlyList<string> Soft)
{
    /// <summary>Nobody.</summary>
    public static ComponentDependencies None { get; } = new([], []);

    /// <summary>Only these, and all of them are needed.</summary>
    public static ComponentDependencies On(params IReadOnlyList<string> hard) => new(hard, []);
}
