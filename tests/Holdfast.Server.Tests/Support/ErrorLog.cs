using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Tests.Support;

/// <summary>Keeps what was logged as an error, by the product or by the web server: in a test nothing is, unless the test expects it.</summary>
public sealed class ErrorLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _errors = new();

    /// <summary>The errors so far, which are expected from here on.</summary>
    public IReadOnlyList<string> Take()
    {
        var taken = _errors.ToArray();
        _errors.Clear();
        return taken;
    }

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _errors);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<string> errors) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                errors.Enqueue($"{category}[{eventId.Id}] {formatter(state, exception)} {exception}");
            }
        }
    }
}
