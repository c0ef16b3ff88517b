using Holdfast.BuiltIn.Commands;
using Holdfast.BuiltIn.Sql;
using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Health;
using Holdfast.Lifecycle;
using Holdfast.Retries;
using Holdfast.Sources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Holdfast;

/// <summary>
/// What the application has put in. Made when the node starts and not with it: these may themselves want the intake, the queue or the bus,
/// which are the node's.
/// </summary>
internal sealed class ApplicationParts(IServiceProvider services)
{
    public EventBus Bus => services.GetRequiredService<EventBus>();

    public IEnumerable<IComponent> Components => services.GetServices<IComponent>();

    public IEnumerable<ICommand> Commands => services.GetServices<ICommand>();

    public IEnumerable<IRetryHandler> Handlers => services.GetServices<IRetryHandler>();

    public IEnumerable<ISource> Sources => services.GetServices<ISource>();

    public IReadOnlyList<ISqlDriver> SqlDrivers => [.. services.GetServices<ISqlDriver>()];

    public AnswerCounts Answers => services.GetRequiredService<AnswerCounts>();

    public IEnumerable<IRecoveryAction> RecoveryActions => services.GetServices<IRecoveryAction>();

    /// <summary>Those of <c>AddHealthChecks()</c>, but for what maps ours into theirs.</summary>
    public IEnumerable<CheckPlan> HealthChecks => services.GetService<IOptions<HealthCheckServiceOptions>>() is { Value.Registrations: { } registered }
        ? registered.Where(one => !one.Tags.Contains(HoldfastHealthCheck.Tag)).Select(one => RegisteredCheck.PlanOf(one, services.GetRequiredService<IServiceScopeFactory>()))
        : [];

    public IEnumerable<IShutdownParticipant> Participants => services.GetServices<IShutdownParticipant>();
}
