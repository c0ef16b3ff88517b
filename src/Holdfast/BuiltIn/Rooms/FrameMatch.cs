using System.Text.Json;

namespace Holdfast.BuiltIn.Rooms;

/// <summary>What a frame must say to be the one that is meant: a value for each of some places. Pure.</summary>
internal sealed class FrameMatch(IReadOnlyList<(FramePath Path, JsonElement Value)> wanted)
{
    public bool Matches(JsonElement frame) =>
        wanted.All(one => one.Path.In(frame) is { } found && JsonElement.DeepEquals(found, one.Value));
}
