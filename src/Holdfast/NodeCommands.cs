using Holdfast.BuiltIn.Commands;
using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Flags;
using Holdfast.Health;
using Holdfast.Monitoring;
using Holdfast.Resilience;
using Holdfast.Retries;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>The commands of a node: those that come with it, then those of the application.</summary>
internal sealed class NodeCommands(object scope, FlagManager flags, ApplicationParts application, TimeProvider time, ILoggerFactory loggers) : IDisposable
{
    private readonly CommandMetrics _metrics = new(scope);

    public required ServiceStatus Status { get; init; }

    public required ResiliencePipelines Pipelines { get; init; }

    public required IRetryStore Retries { get; init; }

    public required RetryDesk RetryDesk { get; init; }

    /// <summary>Asked when it is wanted: this is itself one of the components.</summary>
    public required Func<IReadOnlyList<ComponentStatus>> Components { get; init; }

    /// <summary>Null until there is any.</summary>
    public required Func<HealthSnapshot?> Health { get; init; }

    public IComponent MakeComponent(EventBus bus)
    {
        CommandRegistry? registry = null;
        CommandOptions Options() => Settings.Commands(flags);
        registry = new CommandRegistry(
        [
            new AboutCommand(Status),
            new UptimeCommand(Status, time),
            new HelpCommand(() => registry!, Options),
            new DebugCommand(bus, Pipelines, Components),
            new RetryQueueCommand(Retries, RetryDesk),
            new FlagsCommand(flags),
            new HealthCommand(Status, Health),
            .. application.Commands,
        ]);
        return new CommandsComponent(registry, Options, _metrics, time, loggers.CreateLogger<CommandsComponent>());
    }

    public void Dispose() => _metrics.Dispose();
}
