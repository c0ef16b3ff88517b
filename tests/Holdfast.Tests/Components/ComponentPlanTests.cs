using FsCheck;
using FsCheck.Fluent;
using Holdfast.Components;

namespace Holdfast.Tests.Components;

public sealed class ComponentPlanTests
{
    private static readonly ComponentHostOptions All = new();

    [Fact]
    public void Fifty_components_come_after_all_they_depend_on_in_whatever_order_they_are_registered() =>
        Prop.ForAll(Registered(50).ToArbitrary(), nodes =>
        {
            var order = ComponentPlan.Make(nodes, All).Order.Select(node => node.Name).ToList();

            return order.Count == nodes.Length
                && nodes.All(node => node.Dependencies.Hard.Concat(node.Dependencies.Soft).All(needed => order.IndexOf(needed) < order.IndexOf(node.Name)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_circle_is_told_with_its_whole_path() => Faults([Hard("a", "b"), Hard("b", "c"), Soft("c", "a"), Hard("d", "a")])
        .ShouldBe(["Components depend on each other in a circle: a -> b -> c -> a."]);

    [Fact]
    public void Who_depends_on_itself_is_a_circle() => Faults([Hard("a", "a")]).ShouldBe(["Components depend on each other in a circle: a -> a."]);

    [Fact]
    public void Two_circles_are_told_at_once() => Faults([Hard("a", "b"), Hard("b", "a"), Hard("c", "d"), Hard("d", "c")]).Count.ShouldBe(2);

    [Fact]
    public void What_is_missing_is_told_by_name() => Faults([Hard("a", "x"), Hard("b", "y")])
        .ShouldBe(["'a' needs 'x', which there is not.", "'b' needs 'y', which there is not."]);

    [Fact]
    public void What_is_needed_and_disabled_is_told_by_name() =>
        Faults([Hard("a", "b"), Hard("b")], new ComponentHostOptions { Disabled = ["b"] }).ShouldBe(["'a' needs 'b', which is disabled."]);

    [Fact]
    public void What_one_can_do_without_need_not_be_there() =>
        ComponentPlan.Make([Soft("a", "x")], All).Order.ShouldHaveSingleItem().Name.ShouldBe("a");

    [Fact]
    public void Only_what_is_enabled_and_not_disabled_is_there()
    {
        ComponentNode[] nodes = [Hard("a"), Hard("b"), Hard("c")];

        ComponentPlan.Make(nodes, new ComponentHostOptions { Enabled = ["a", "b"], Disabled = ["b"] }).Order.ShouldHaveSingleItem().Name.ShouldBe("a");
    }

    [Fact]
    public void Names_that_there_are_twice_or_not_at_all_are_told() =>
        Faults([Hard("a"), Hard("a")], new ComponentHostOptions { Disabled = ["sqll"] })
            .ShouldBe(["Two components are called 'a'.", "'sqll' is enabled or disabled, and there is no such component."]);

    [Fact]
    public void The_same_components_come_in_the_same_order()
    {
        var nodes = Registered(50).Sample(1, 1)[0];

        ComponentPlan.Make(nodes, All).Order.ShouldBe(ComponentPlan.Make(nodes, All).Order);
    }

    // Component n depends on some of those below n, and then they are shuffled.
    internal static Gen<ComponentNode[]> Registered(int count) =>
        from seeds in Gen.Choose(0, int.MaxValue - 1).ArrayOf(count)
        from shuffled in Gen.Shuffle(seeds.Select((seed, number) => Node(number, new System.Random(seed))).ToArray())
        select shuffled;

    private static ComponentNode Node(int number, System.Random random) => new($"c{number}", new ComponentDependencies(Some(number, random), Some(number, random)));

    private static string[] Some(int below, System.Random random) =>
        below == 0 ? [] : [.. Enumerable.Range(0, random.Next(3)).Select(_ => $"c{random.Next(below)}").Distinct()];

    private static ComponentNode Hard(string name, params string[] needed) => new(name, ComponentDependencies.On(needed));

    private static ComponentNode Soft(string name, params string[] wanted) => new(name, new ComponentDependencies([], wanted));

    private static IReadOnlyList<string> Faults(ComponentNode[] nodes, ComponentHostOptions? options = null) =>
        Should.Throw<ComponentPlanException>(() => ComponentPlan.Make(nodes, options ?? All)).Faults;
}
