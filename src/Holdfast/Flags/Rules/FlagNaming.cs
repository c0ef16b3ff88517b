namespace Holdfast.Flags.Rules;

/// <summary>Names of flags that users make: <c>chart.fast</c>. The product's own settings have capitals, or begin with one of its words.</summary>
internal static class FlagNaming
{
    public const string Form = "must begin with a lower-case letter and have lower-case letters, digits and . _ - only, at most 100 of them";

    // What stands at /api/flags beside the flags, and the product's own.
    private static readonly string[] Reserved = ["audit"];
    private static readonly string[] ReservedBeginnings = ["dashboard.", "holdfast."];

    public static bool IsUsers(string name) => Judge(name) is null;

    /// <summary>Why it is no name for a flag of a user's, or null.</summary>
    public static string? Judge(string name) =>
        name.Length is 0 or > FlagLimits.NameLengthMax || !char.IsAsciiLetterLower(name[0]) || !name.All(IsPlain) ? Form
        : Reserved.Contains(name, StringComparer.Ordinal) || ReservedBeginnings.Any(beginning => name.StartsWith(beginning, StringComparison.Ordinal)) ? "is reserved"
        : null;

    private static bool IsPlain(char letter) => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '.' or '_' or '-';
}
