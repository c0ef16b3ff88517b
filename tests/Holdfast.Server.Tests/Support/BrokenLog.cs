using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Tests.Support;

/// <summary>A log that fails on one event: a fault in the middle of dealing with another one.</summary>
internal sealed class BrokenLog(int eventId) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (id.Id == eventId)
        {
            throw new InvalidOperationException("The log is broken.");
        }
    }

    public void Dispose()
    {
    }
}
