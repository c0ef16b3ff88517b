using System.Text.Json;

namespace Holdfast.Pipeline;

/// <summary>
/// Judges JSON before it is read with the framework's classes, which parse half of a surrogate pair and throw only when somebody asks for
/// the text: in the middle of a request, as if the fault were ours.
/// </summary>
internal static class JsonTexts
{
    /// <summary>Whether it is JSON, and every name and text in it is one.</summary>
    public static bool AreReadable(ReadOnlySpan<byte> json, int depthMax)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = depthMax });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                {
                    _ = reader.GetString();
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }

        return true;
    }
}
