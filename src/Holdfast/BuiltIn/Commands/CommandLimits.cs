namespace Holdfast.BuiltIn.Commands;

/// <summary>What a call may be at most.</summary>
internal static class CommandLimits
{
    public const int LineCharsMax = 512;

    public const int ArgumentCharsMax = 256;

    public const int ArgumentsMax = 10;

    public const int AnswerCharsMax = 8 << 10;

    /// <summary>Whoever asked longer ago has given up or asked again: an answer now would puzzle them.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(10);
}
