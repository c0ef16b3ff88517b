using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Tests.Support;

/// <summary>
/// Keeps what was logged as an error, by the product or by the web server: in a test nothing is, unless the test expects it. And what was
/// logged at any level that has a key, a ticket or a secret of the settings in it: that is never expected.
/// </summary>
/// <param name="secrets">The values of secret settings.</param>
public sealed partial class ErrorLog(IReadOnlyList<string> secrets) : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _errors = new();

    /// <summary>The errors so far, which are expected from here on.</summary>
    public IReadOnlyList<string> Take()
    {
        var taken = _errors.ToArray();
        _errors.Clear();
        return taken;
    }

    /// <summary>Lines with a secret in them.</summary>
    public ConcurrentQueue<string> Leaks { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, this);

    public void Dispose()
    {
    }

    private void Note(LogLevel logLevel, string line)
    {
        if (logLevel >= LogLevel.Error)
        {
            _errors.Enqueue(line);
        }

        if (Credential().IsMatch(line) || secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal)))
        {
            Leaks.Enqueue(line);
        }
    }

    [GeneratedRegex("hf_[0-9a-f]{16}_[0-9a-f]{64}|hft_[A-Za-z0-9_-]{20}", RegexOptions.None, 1_000)]
    private static partial Regex Credential();

    private sealed class Logger(string category, ErrorLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Note(logLevel, $"{category}[{eventId.Id}] {formatter(state, exception)} {exception}");
    }
}
