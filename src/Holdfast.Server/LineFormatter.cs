using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Holdfast.Server;

/// <summary>
/// One entry, one line. Much of what is logged came from outside (types of events, names, messages of databases): nothing of it may begin a
/// line of its own, turn the direction of writing or command the terminal of whoever reads.
/// </summary>
internal sealed class LineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "holdfast";

    private static readonly bool Colours = !Console.IsOutputRedirected;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss.fff ", CultureInfo.InvariantCulture));
        textWriter.Write(LevelOf(logEntry.LogLevel));
        textWriter.Write(": ");
        textWriter.Write(logEntry.Category);
        textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"[{logEntry.EventId.Id}] "));
        WriteClean(textWriter, message);
        if (logEntry.Exception is { } fault)
        {
            textWriter.Write(' ');
            WriteClean(textWriter, fault.ToString());
        }

        textWriter.Write(Environment.NewLine);
    }

    /// <summary>Line ends as blanks, whatever else is no visible character by its number.</summary>
    public static void WriteClean(TextWriter writer, string text)
    {
        foreach (var c in text)
        {
            if (c is '\r' or '\n' or '\t')
            {
                writer.Write(' ');
            }
            else if (IsHarmful(c))
            {
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"));
            }
            else
            {
                writer.Write(c);
            }
        }
    }

    // Controls; ends of lines and paragraphs that are none of ASCII's; marks that turn what follows around.
    private static bool IsHarmful(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    private static string LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => Coloured("info", "32"),
        LogLevel.Warning => Coloured("warn", "33"),
        LogLevel.Error => Coloured("fail", "31"),
        _ => Coloured("crit", "41;37"),
    };

    private static string Coloured(string word, string colour) => Colours ? $"\e[{colour}m{word}\e[0m" : word;
}
