using Holdfast.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Server.Tests.Start;

/// <summary>The log on the console, which somebody reads in a terminal.</summary>
public sealed class LineFormatterTests
{
    private readonly LineFormatter _formatter = new(new ManualTimeProvider(new DateTimeOffset(2026, 3, 29, 3, 0, 0, 120, TimeSpan.Zero)));

    [Fact]
    public void An_entry_is_a_line_with_when_what_and_where() =>
        Write("all is well", null).ShouldBe($"2026-03-29 03:00:00.120 warn: Holdfast.Retries[17] all is well{Environment.NewLine}");

    [Fact]
    public void Nothing_in_an_entry_commands_a_terminal_or_looks_like_another_entry()
    {
        var line = Write("payment\u001b[2J.failed\r\n2026-03-29 03:00:00.121 info: forged\u009b1m\u2028\u202egnp\0", new InvalidOperationException("a\nb\u0007"));

        line.TrimEnd().Split('\n', '\r', '\u2028').Length.ShouldBe(1);
        line.TrimEnd().ShouldNotContain("\u001b");
        line.TrimEnd().ShouldAllBe(c => !char.IsControl(c) && c != '\u202e');
        line.ShouldContain("payment\\u001b[2J.failed");
        line.ShouldContain("a b\\u0007");
    }

    private string Write(string message, Exception? fault)
    {
        using var writer = new StringWriter();
        _formatter.Write(new LogEntry<string>(LogLevel.Warning, "Holdfast.Retries", new EventId(17), message, fault, (text, _) => text), scopeProvider: null, writer);
        return writer.ToString();
    }
}
