using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Holdfast.Retries;

/// <summary>
/// One short name for failures with the same cause: operation type, kind of failure, its message without what differs from case to case
/// (numbers, ids, quoted text), and the first frame of the stack.
/// </summary>
internal static partial class RetryFingerprint
{
    private const int MessageCharsMax = 500;

    /// <param name="operationType">The item's.</param>
    /// <param name="kind">The exception's type, or a word of the handler's.</param>
    /// <param name="message">As it came.</param>
    /// <param name="frame">First frame of the stack; null when there is none.</param>
    public static string Of(string operationType, string kind, string message, string? frame)
    {
        var text = string.Join('\n', operationType, kind, Template(message), frame);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }

    /// <summary>The message with everything that differs from case to case put aside.</summary>
    public static string Template(string message)
    {
        var text = message.Length <= MessageCharsMax ? message : message[..MessageCharsMax];
        return Varying().Replace(text, "#");
    }

    // A UUID, a quoted text, a hexadecimal or decimal number with what hangs on it. Linear: no part can match what another has begun.
    [GeneratedRegex("""[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|"[^"]*"|'[^']*'|\b0x[0-9a-fA-F]+\b|[0-9]+(?:[.:,][0-9]+)*""", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Varying();
}
