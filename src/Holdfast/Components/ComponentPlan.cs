namespace Holdfast.Components;

/// <summary>A component as far as the order is concerned.</summary>
/// <param name="IsPart">A part of the server itself: lists of what is enabled are not about it.</param>
internal sealed record ComponentNode(string Name, ComponentDependencies Dependencies, bool IsPart = false);

/// <summary>
/// Which components there are and who comes after whom: dependencies first, otherwise in the order of registration, so that the same
/// components always come in the same order. Pure.
/// </summary>
internal sealed class ComponentPlan
{
    private readonly Dictionary<string, ComponentNode> _nodes;

    private ComponentPlan(Dictionary<string, ComponentNode> nodes, IReadOnlyList<ComponentNode> order)
    {
        _nodes = nodes;
        Order = order;
    }

    /// <summary>The enabled ones, each after all it depends on.</summary>
    public IReadOnlyList<ComponentNode> Order { get; }

    /// <exception cref="ComponentPlanException">With everything that is wrong, at once.</exception>
    public static ComponentPlan Make(IReadOnlyList<ComponentNode> registered, ComponentHostOptions options)
    {
        var names = registered.Select(node => node.Name).ToHashSet(StringComparer.Ordinal);
        var nodes = registered.Where(node => node.IsPart || IsEnabled(node.Name, options)).DistinctBy(node => node.Name).ToDictionary(node => node.Name, StringComparer.Ordinal);
        var search = new Search(nodes);
        foreach (var node in nodes.Values)
        {
            search.Visit(node);
        }

        string[] faults =
        [
            .. registered.CountBy(node => node.Name).Where(same => same.Value > 1).Select(same => $"Two components are called '{same.Key}'."),
            .. options.Enabled.Concat(options.Disabled).Except(names).Select(name => $"'{name}' is enabled or disabled, and there is no such component."),
            .. registered.Where(node => node.IsPart && options.Disabled.Contains(node.Name, StringComparer.Ordinal))
                .Select(node => $"'{node.Name}' is a part of the server and cannot be disabled."),
            .. nodes.Values.SelectMany(node => Missing(node, nodes, names)),
            .. search.Cycles.Select(path => $"Components depend on each other in a circle: {string.Join(" -> ", path)}."),
        ];
        return faults.Length == 0 ? new ComponentPlan(nodes, search.Order) : throw new ComponentPlanException(faults);
    }

    /// <summary>Its soft dependencies that there are.</summary>
    public IEnumerable<string> SoftOf(ComponentNode node) => node.Dependencies.Soft.Where(_nodes.ContainsKey);

    private static bool IsEnabled(string name, ComponentHostOptions options) =>
        (options.Enabled.Count == 0 || options.Enabled.Contains(name, StringComparer.Ordinal)) && !options.Disabled.Contains(name, StringComparer.Ordinal);

    private static IEnumerable<string> Missing(ComponentNode node, Dictionary<string, ComponentNode> nodes, HashSet<string> names) =>
        from needed in node.Dependencies.Hard
        where !nodes.ContainsKey(needed)
        select $"'{node.Name}' needs '{needed}', which {(names.Contains(needed) ? "is disabled" : "there is not")}.";

    /// <summary>Depth first, in the order of registration.</summary>
    private sealed class Search(Dictionary<string, ComponentNode> nodes)
    {
        private readonly HashSet<string> _done = new(StringComparer.Ordinal);
        private readonly List<string> _path = [];

        public List<ComponentNode> Order { get; } = [];

        public List<string[]> Cycles { get; } = [];

        public void Visit(ComponentNode node)
        {
            if (_path.IndexOf(node.Name) is var at and >= 0)
            {
                Cycles.Add([.. _path[at..], node.Name]);
                return;
            }

            if (!_done.Add(node.Name))
            {
                return;
            }

            _path.Add(node.Name);
            foreach (var needed in node.Dependencies.Hard.Concat(node.Dependencies.Soft).Where(nodes.ContainsKey))
            {
                Visit(nodes[needed]);
            }

            _path.RemoveAt(_path.Count - 1);
            Order.Add(node);
        }
    }
}

/// <summary>The components cannot be started as they are; nothing was.</summary>
/// <param name="faults">Everything that is wrong: names that there are twice or not at all, dependencies that are missing, circles with their full path.</param>
public sealed class ComponentPlanException(IReadOnlyList<string> faults) : Exception(string.Join(" ", faults))
{
    /// <summary>Everything that is wrong, one sentence each.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
