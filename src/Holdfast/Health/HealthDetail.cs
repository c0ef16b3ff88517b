namespace Holdfast.Health;

/// <summary>What checks and actions say is anybody's, and a thousand of it are kept.</summary>
internal static class HealthDetail
{
    /// <summary>In characters; the rest is cut off.</summary>
    public const int LengthMax = 500;

    public static string Cut(string said)
    {
        if (said.Length <= LengthMax)
        {
            return said;
        }

        // Not between the halves of one character.
        var length = char.IsHighSurrogate(said[LengthMax - 2]) ? LengthMax - 2 : LengthMax - 1;
        return string.Concat(said.AsSpan(0, length), "…");
    }
}
