namespace Holdfast.Cli;

/// <summary>What the exit code says; docs/reference/exit-codes.md has the same table.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Done, but not all that was asked for: a letter was refused again, the server is not well, a check of it warns.</summary>
    public const int NotAll = 1;

    /// <summary>The server refused: not found, in a state that forbids it, or faults in what was sent. Of <c>health</c>: a check fails.</summary>
    public const int Refused = 2;

    /// <summary>A fault of this tool or of its files.</summary>
    public const int Fault = 3;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 64;

    /// <summary>The server or its store cannot be reached.</summary>
    public const int Unavailable = 69;

    /// <summary>Ctrl+C.</summary>
    public const int Interrupted = 130;
}

/// <summary>What was asked for makes no sense; the message says what would.</summary>
internal sealed class UsageException(string message) : Exception(message);
