using System.Net;

namespace Holdfast.Flags;

/// <summary>What values of the right type are right. Each answers with what the value must be, or null.</summary>
internal static class FlagValidators
{
    public static Func<object, string?> Between(long least, long most) =>
        value => (long)value >= least && (long)value <= most ? null : $"must be between {least} and {most}";

    public static Func<object, string?> Between(double least, double most) =>
        value => (double)value >= least && (double)value <= most ? null : $"must be between {least} and {most}";

    public static Func<object, string?> AtLeast(long least) =>
        value => (long)value >= least ? null : $"must be at least {least}";

    public static Func<object, string?> OneOf(params string[] allowed) =>
        value => allowed.Contains((string)value, StringComparer.Ordinal) ? null : $"must be one of {string.Join(", ", allowed)}";

    /// <summary>A list with commas, possibly empty, each entry one of the allowed.</summary>
    public static Func<object, string?> ListOf(params string[] allowed) =>
        value => FlagText.List((string)value).All(entry => allowed.Contains(entry, StringComparer.Ordinal))
            ? null
            : $"must be a list with commas of {string.Join(", ", allowed)}, or empty for none";

    /// <summary>A list of names with commas, possibly empty.</summary>
    public static Func<object, string?> NamesUpTo(int most) =>
        value => FlagText.List((string)value) is { } names && names.Length <= most && Array.TrueForAll(names, name => name.Length <= 255 && !name.Any(char.IsWhiteSpace))
            ? null
            : $"must be a list with commas of at most {most} names, or empty for none";

    public static string? NotBlank(object value) =>
        string.IsNullOrWhiteSpace((string)value) ? "must not be empty" : null;

    /// <summary>Whether it may be listened on is decided at the start, when it is known whether there are keys.</summary>
    public static string? Address(object value) =>
        IPAddress.TryParse((string)value, out _) ? null : "must be an address such as 127.0.0.1, ::1 or 0.0.0.0";

    public static string? BasePath(object value)
    {
        var path = (string)value;
        return path.StartsWith('/') && !path.Contains("//", StringComparison.Ordinal) && path.All(IsPlainInPath)
            ? null
            : "must be a path such as / or /holdfast, of letters, digits and - . _ ~";
    }

    private static bool IsPlainInPath(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '-' or '.' or '_' or '~';
}
