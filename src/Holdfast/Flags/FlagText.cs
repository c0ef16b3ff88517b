namespace Holdfast.Flags;

/// <summary>Helpers for settings that are more than one word of text.</summary>
internal static class FlagText
{
    /// <summary>The entries of a list with commas, without blanks and empty entries.</summary>
    public static string[] List(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
