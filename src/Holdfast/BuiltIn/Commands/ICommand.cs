namespace Holdfast.BuiltIn.Commands;

/// <summary>
/// Something that people ask of the server in a line: <c>!uptime</c>. Register it with <c>AddCommand&lt;T&gt;()</c>. It is one object for the
/// life of the host and is called for several callers at a time.
/// </summary>
public interface ICommand
{
    /// <summary>What it is called: 1 to 32 small letters, digits, <c>-</c> and <c>_</c>, beginning with a letter. Unique.</summary>
    string Name { get; }

    /// <summary>What it does, in a sentence, for <c>help</c>.</summary>
    string Summary { get; }

    /// <summary>How it is called: <c>retry show &lt;id&gt;</c>. Default: its name.</summary>
    string Usage => Name;

    /// <summary>Who may call it. Default: whoever may read.</summary>
    CommandRole Role => CommandRole.Reader;

    /// <summary>Does it. Whoever called waits for the answer.</summary>
    /// <param name="call">Its arguments, and who calls.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the answer any more.</param>
    /// <exception cref="CommandUsageException">It was called in a way that makes no sense; the caller is told.</exception>
    ValueTask<CommandAnswer> ExecuteAsync(CommandCall call, CancellationToken cancellationToken);
}

/// <summary>What a caller may do; each includes those before it.</summary>
public enum CommandRole
{
    /// <summary>See how the server does.</summary>
    Reader,

    /// <summary>Have the server do something, and see its settings.</summary>
    Operator,

    /// <summary>See its insides.</summary>
    Admin,
}

/// <summary>Who calls.</summary>
/// <param name="Name">Unique within the way in; what the cooldown goes by.</param>
/// <param name="Role">What they may do.</param>
/// <param name="Via">The way in: <c>api</c>, or <c>room:</c> and the name of a room.</param>
public sealed record CommandCaller(string Name, CommandRole Role, string Via)
{
    /// <summary>The way in where names are those of the server's own callers.</summary>
    internal const string Api = "api";

    /// <summary>The name in the audit. In a room anybody may call themselves as a caller of the API is called.</summary>
    internal string Actor => Via == Api ? Name : $"{Via}/{Name}";
}

/// <summary>One call of a command.</summary>
/// <param name="Arguments">At most 10, each of at most 256 characters.</param>
/// <param name="Caller">Who calls.</param>
public sealed record CommandCall(IReadOnlyList<string> Arguments, CommandCaller Caller);

/// <summary>What a command answers.</summary>
/// <param name="Text">For people; at most 8,192 characters, the rest is cut off.</param>
public sealed record CommandAnswer(string Text);

/// <summary>A command was called in a way that makes no sense.</summary>
public sealed class CommandUsageException : Exception
{
    /// <param name="message">What is wrong, for the caller.</param>
    public CommandUsageException(string message)
        : base(message)
    {
    }

    /// <summary>Says nothing.</summary>
    public CommandUsageException()
    {
    }

    /// <param name="message">What is wrong, for the caller.</param>
    /// <param name="innerException">What made it so.</param>
    public CommandUsageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
