using System.Text.Json;

namespace Holdfast.Flags;

/// <summary>
/// What <c>holdfast.json</c> says, in sections of snake_case: <c>{"port": 9000, "retention": {"events_days": 14}}</c>. The path of a key
/// joined with underscores, in capitals, is the flag's name; a leading <c>HOLDFAST_</c> may be left out.
/// </summary>
internal static class ConfigurationFileLayer
{
    public const string FileName = "holdfast.json";

    private const string OwnPrefix = "HOLDFAST_";

    /// <param name="named">True when HOLDFAST_CONFIG names the file; only then can it say where the data is.</param>
    public static FlagLayer Read(FlagSchema schema, JsonElement root, string source, bool named)
    {
        var layer = new FlagLayerBuilder(schema);
        TakeSection(layer, root, "", source, named);
        return layer.Build();
    }

    private static void TakeSection(FlagLayerBuilder layer, JsonElement section, string path, string source, bool named)
    {
        foreach (var property in section.EnumerateObject())
        {
            var key = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            if (Find(layer.Schema, key) is { } flag)
            {
                TakeValue(layer, flag, property.Value, source, named);
            }
            else if (property.Value.ValueKind == JsonValueKind.Object)
            {
                TakeSection(layer, property.Value, key, source, named);
            }
            else
            {
                layer.Fault(key, source, layer.Schema.DescribeUnknown(Name(key)));
            }
        }
    }

    private static void TakeValue(FlagLayerBuilder layer, FlagDefinition flag, JsonElement value, string source, bool named)
    {
        if (flag.Name == FlagNames.Config || (flag.Name == FlagNames.Data && !named))
        {
            layer.Fault(flag.Name, source, "is needed to find this file: set it in the environment");
            return;
        }

        layer.Take(flag, source, FlagParser.Json(flag, value));
    }

    private static FlagDefinition? Find(FlagSchema schema, string key) => schema.Get(Name(key)) ?? schema.Get(OwnPrefix + Name(key)) ?? schema.Get(key);

    private static string Name(string key) => key.Replace('.', '_').ToUpperInvariant();
}
