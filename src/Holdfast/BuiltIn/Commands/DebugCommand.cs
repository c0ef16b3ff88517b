using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Resilience;

namespace Holdfast.BuiltIn.Commands;

/// <summary><c>debug</c>: queues of the bus, circuit breakers, components, memory. From memory, so it answers whatever else does not.</summary>
internal sealed class DebugCommand(EventBus bus, ResiliencePipelines pipelines, Func<IReadOnlyList<ComponentStatus>> components) : ICommand
{
    private readonly Dictionary<string, Func<IEnumerable<string>>> _sections = new(StringComparer.OrdinalIgnoreCase)
    {
        ["queues"] = () => Queues(bus),
        ["breakers"] = () => pipelines.Snapshot().Breakers.Select(one => $"breaker {one.Name}: {one.State.ToString().ToLowerInvariant()}, {one.ConsecutiveFailures} failures in a row"),
        ["components"] = () => components().Select(Describe),
        ["memory"] = () => [Memory()],
    };

    public string Name => "debug";

    public string Summary => "Queues, circuit breakers, components and memory.";

    public string Usage => "debug [queues | breakers | components | memory]";

    public CommandRole Role => CommandRole.Admin;

    public ValueTask<CommandAnswer> ExecuteAsync(CommandCall call, CancellationToken cancellationToken)
    {
        var lines = call.Arguments switch
        {
            [] => _sections.Values.SelectMany(section => section()),
            [var name] when _sections.TryGetValue(name, out var section) => section(),
            _ => throw new CommandUsageException("There is no such section."),
        };
        return ValueTask.FromResult(new CommandAnswer(string.Join('\n', lines)));
    }

    private static IEnumerable<string> Queues(EventBus bus) =>
        from one in bus.Subscriptions
        orderby one.Name, one.Pattern.Text
        select $"queue {(one.Name.Length == 0 ? "(none)" : one.Name)} {one.Pattern.Text}: {one.Mailbox.Depth} of {one.Mailbox.Capacity}";

    private static string Describe(ComponentStatus one) =>
        $"component {one.Name}: {ComponentJudge.NameOf(one.State)}, {one.EventsHandled} events, {one.Retries} restarts"
        + (one.Reasons.Count == 0 ? "" : $"; {string.Join("; ", one.Reasons)}")
        + (one.LastError is null ? "" : $"; last error: {one.LastError}");

    private static string Memory()
    {
        var heap = GC.GetGCMemoryInfo();
        return $"memory: {Environment.WorkingSet >> 20} MiB resident, {GC.GetTotalMemory(forceFullCollection: false) >> 20} MiB managed, "
            + $"{heap.TotalCommittedBytes >> 20} MiB committed; collections {GC.CollectionCount(0)}/{GC.CollectionCount(1)}/{GC.CollectionCount(2)}; "
            + $"{ThreadPool.ThreadCount} threads, {ThreadPool.PendingWorkItemCount} work items waiting";
    }
}
