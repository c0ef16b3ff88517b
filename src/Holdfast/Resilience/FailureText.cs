using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Resilience;

/// <summary>A failure in a line: its type and what it says.</summary>
internal static class FailureText
{
    /// <summary>What a server says can be as long as a row; a snapshot holds many of these.</summary>
    private const int LengthMax = 500;

    [return: NotNullIfNotNull(nameof(failure))]
    public static string? Of(Exception? failure)
    {
        if (failure is null)
        {
            return null;
        }

        var text = $"{failure.GetType().Name}: {failure.Message}";
        return text.Length <= LengthMax ? text : string.Concat(text.AsSpan(0, LengthMax), "...");
    }
}
