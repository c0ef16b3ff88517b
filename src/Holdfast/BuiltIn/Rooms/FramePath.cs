using System.Globalization;
using System.Text.Json;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>
/// Where something stands in a frame: names from the outside in, with dots, and numbers for the elements of lists: <c>user.name</c>,
/// <c>1.text</c>. Pure.
/// </summary>
internal sealed class FramePath(string text)
{
    private readonly string[] _steps = text.Split('.');

    /// <summary>What stands there; null: nothing does.</summary>
    public JsonElement? In(JsonElement frame)
    {
        JsonElement? at = frame;
        foreach (var step in _steps)
        {
            at = at is { } here ? Next(here, step) : null;
        }

        return at;
    }

    /// <summary>The text that stands there; null: there is none, or it is empty.</summary>
    public string? TextIn(JsonElement frame) =>
        In(frame) is { ValueKind: JsonValueKind.String } found && found.GetString() is { Length: > 0 } said ? said : null;

    public override string ToString() => text;

    private static JsonElement? Next(JsonElement here, string step) => here.ValueKind switch
    {
        JsonValueKind.Object when here.TryGetProperty(step, out var member) => member,
        JsonValueKind.Array when int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < here.GetArrayLength() => here[index],
        _ => null,
    };
}
