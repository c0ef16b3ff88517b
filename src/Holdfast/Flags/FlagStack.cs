using System.Collections.Immutable;

namespace Holdfast.Flags;

/// <summary>The layers on top of one another; immutable, so whoever resolves a flag sees all of one moment.</summary>
internal sealed class FlagStack(ImmutableSortedDictionary<FlagOrigin, IReadOnlyDictionary<string, object>> layers)
{
    public static FlagStack Of(IReadOnlyDictionary<FlagOrigin, FlagLayer> layers) =>
        new(layers.ToImmutableSortedDictionary(layer => layer.Key, layer => layer.Value.Values));

    /// <summary>What one layer says of its flags.</summary>
    public IReadOnlyDictionary<string, object> this[FlagOrigin origin] => layers.GetValueOrDefault(origin, FlagLayer.Empty.Values);

    public FlagStack With(FlagOrigin origin, IReadOnlyDictionary<string, object> values) => new(layers.SetItem(origin, values));

    public FlagStack With(FlagOrigin origin, string name, object value) => With(origin, this[origin].ToImmutableDictionary().SetItem(name, value));

    public FlagStack Without(FlagOrigin origin, string name) => With(origin, this[origin].ToImmutableDictionary().Remove(name));

    /// <summary>The value in effect: what the strongest layer that says something says.</summary>
    public FlagValue Resolve(FlagDefinition flag)
    {
        var said = Said(flag);
        return new FlagValue(flag, said[0].Value, said[0].Origin, said);
    }

    /// <summary>What does not hold between the values in effect.</summary>
    public IEnumerable<(FlagConstraint Constraint, string Must)> FindConflicts(FlagSchema schema) =>
        from constraint in schema.Constraints
        let must = constraint.Judge(name => Resolve(schema.Get(name)!).Value)
        where must is not null
        select (constraint, must);

    /// <summary>The layer above run time that says something of the flag, if any.</summary>
    public FlagOrigin? StrongerThanRuntime(string name)
    {
        foreach (var (origin, values) in layers)
        {
            if (origin < FlagOrigin.Runtime && values.ContainsKey(name))
            {
                return origin;
            }
        }

        return null;
    }

    private List<(FlagOrigin Origin, object Value)> Said(FlagDefinition flag)
    {
        // The origins' numbers are their order: the strongest layer comes first.
        List<(FlagOrigin Origin, object Value)> said = [];
        foreach (var (origin, values) in layers)
        {
            if (values.TryGetValue(flag.Name, out var value))
            {
                said.Add((origin, value));
            }
        }

        if (said.Count == 0 || said[^1].Origin != FlagOrigin.Default)
        {
            said.Add((FlagOrigin.Default, flag.Default));
        }

        return said;
    }
}
