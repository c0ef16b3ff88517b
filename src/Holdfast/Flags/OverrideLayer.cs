using System.Text.Json;
using Holdfast.Flags.Rules;

namespace Holdfast.Flags;

/// <summary>What <c>flags.override.json</c> says: <c>{"FLAG": value}</c>, the operator's way in when nothing else works.</summary>
internal static class OverrideLayer
{
    public const string FileName = "flags.override.json";

    public static FlagLayer Read(FlagSchema schema, JsonElement root)
    {
        var layer = new FlagLayerBuilder(schema);
        foreach (var property in root.EnumerateObject())
        {
            Take(layer, property);
        }

        return layer.Build();
    }

    private static void Take(FlagLayerBuilder layer, JsonProperty property)
    {
        if (layer.Schema.Get(property.Name) is not { } flag)
        {
            TakeUsers(layer, property);
        }
        else if (flag.Name is FlagNames.Data or FlagNames.Config)
        {
            layer.Fault(flag.Name, FileName, "is needed to find this file: set it in the environment");
        }
        else
        {
            layer.Take(flag, FileName, FlagParser.Json(flag, property.Value));
        }
    }

    /// <summary>A flag of a user's. What there is of them stands in the store, which may be away: it is taken unjudged, and judged when it is asked for.</summary>
    private static void TakeUsers(FlagLayerBuilder layer, JsonProperty property)
    {
        if (FlagNaming.IsUsers(property.Name))
        {
            layer.TakeUnjudged(property.Name, property.Value.Clone());
        }
        else
        {
            layer.Fault(property.Name, FileName, layer.Schema.DescribeUnknown(property.Name));
        }
    }
}
