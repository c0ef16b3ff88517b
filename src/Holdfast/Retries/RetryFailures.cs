using System.Text.RegularExpressions;

namespace Holdfast.Retries;

/// <summary>What is kept of a failure: a text that every store can hold, and the name of its cause.</summary>
internal static partial class RetryFailures
{
    /// <summary>Of a failure's text, as UTF-8.</summary>
    public const int MessageBytesMax = 2 << 10;

    // What a handler says itself, without an exception.
    private const string Told = "told";

    /// <summary>A handler said so.</summary>
    public static RetryFailure Of(string operationType, string message) =>
        new(RetryText.Clean(message, MessageBytesMax), RetryFingerprint.Of(operationType, Told, message, frame: null));

    /// <summary>A handler threw: the message, and the head of the stack with the room that is left.</summary>
    public static RetryFailure Of(string operationType, Exception fault)
    {
        var kind = fault.GetType().Name;
        var text = fault.StackTrace is { } stack ? $"{kind}: {fault.Message}\n{stack}" : $"{kind}: {fault.Message}";
        return new RetryFailure(RetryText.Clean(text, MessageBytesMax), RetryFingerprint.Of(operationType, kind, fault.Message, FirstFrame(fault.StackTrace)));
    }

    /// <summary>The first frame without the place in the file, which moves with every release.</summary>
    private static string? FirstFrame(string? stack) => stack is null ? null : Place().Replace(stack.Split('\n', 2)[0].Trim(), "");

    [GeneratedRegex(@" in .+:line \d+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Place();
}
