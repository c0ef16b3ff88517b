namespace Holdfast.BuiltIn.Commands;

/// <summary>What a way in asks of the component, as a request of the type <see cref="RequestType"/>.</summary>
/// <param name="Command">The name, as the caller wrote it.</param>
/// <param name="AskedAt">When the caller asked, as far as the way in knows.</param>
internal sealed record CommandRequest(string Command, IReadOnlyList<string> Arguments, CommandCaller Caller, DateTimeOffset AskedAt)
{
    public const string RequestType = "command.execute";

    /// <summary>Characters of the line that it would be.</summary>
    public int Length => 1 + Command.Length + Arguments.Sum(argument => 1 + argument.Length);
}

/// <summary>What came of a call.</summary>
internal abstract record CommandReply
{
    private CommandReply()
    {
    }

    /// <summary>It was executed.</summary>
    public sealed record Answered(CommandAnswer Answer) : CommandReply;

    /// <summary>The caller's own fault, or it may not be now.</summary>
    /// <param name="Message">For the caller.</param>
    /// <param name="RetryAfter">When it may be called again; null: not by waiting.</param>
    public sealed record Refused(CommandRefusal Refusal, string Message, TimeSpan? RetryAfter = null) : CommandReply;

    /// <summary>The command threw; what, stands in the log alone.</summary>
    public sealed record Failed : CommandReply;
}

/// <summary>Why a call is refused.</summary>
internal enum CommandRefusal
{
    Unknown,
    Disabled,

    /// <summary>Only administrators may.</summary>
    AdminOnly,

    /// <summary>The caller's role is not enough.</summary>
    Rank,
    Cooldown,

    /// <summary>Longer than it may be, or too many arguments.</summary>
    TooLong,

    /// <summary>Asked too long ago.</summary>
    Stale,

    /// <summary>The command does not take these arguments.</summary>
    Usage,
}
