using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Resilience;

/// <summary>A failure that can say in two or three words what it is, without names, paths or anything else that not everybody should read.</summary>
internal interface IClassifiedFailure
{
    string Reason { get; }
}

/// <summary>A failure in a line: its own short reason, or its type and what it says.</summary>
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

        var text = failure is IClassifiedFailure classified ? classified.Reason : $"{failure.GetType().Name}: {failure.Message}";
        return text.Length <= LengthMax ? text : string.Concat(text.AsSpan(0, LengthMax), "...");
    }
}
