using System.Text.Json;

namespace Holdfast.Server.Tests.Support;

/// <summary>A live frame: an array whose first element is the type.</summary>
internal sealed record Frame(JsonElement Json)
{
    public string Type => Json[0].GetString()!;

    public JsonElement this[int index] => Json[index];

    /// <summary>Sequence numbers of a frame of events.</summary>
    public IEnumerable<long> Sequences => Json[2].EnumerateArray().Select(item => item.GetProperty("sequence_id").GetInt64());

    public override string ToString() => Json.GetRawText();
}
