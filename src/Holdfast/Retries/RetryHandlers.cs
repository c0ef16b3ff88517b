using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Holdfast.Retries;

/// <summary>The handlers by operation type. Of two for one type the later counts, so that an application can replace a built-in one.</summary>
internal sealed class RetryHandlers
{
    // Types come from outside: the log is told of so many, and no more memory is spent.
    private const int ToldMax = 1_000;

    private readonly Dictionary<string, IRetryHandler> _byType = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);
    private readonly ILogger _logger;

    public RetryHandlers(IEnumerable<IRetryHandler> handlers, ILogger logger)
    {
        _logger = logger;
        foreach (var handler in handlers)
        {
            _byType[handler.OperationType] = handler;
        }

        Types = [.. _byType.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>What this process can execute, and so all that it claims.</summary>
    public IReadOnlyList<string> Types { get; }

    /// <summary>Whether items of the type may come from outside the process without an administrator's key.</summary>
    public bool AllowsExternal(string operationType) => _byType.TryGetValue(operationType, out var handler) && handler.AllowExternal;

    /// <summary>Whether the type can be executed here.</summary>
    public bool Has(string operationType) => _byType.ContainsKey(operationType);

    /// <summary>The handler of a type; null when there is none, which is told in the log once.</summary>
    public IRetryHandler? Find(string operationType)
    {
        var handler = _byType.GetValueOrDefault(operationType);
        if (handler is null)
        {
            TellMissing(operationType);
        }

        return handler;
    }

    /// <summary>Tells the log that items of the type wait in vain, once.</summary>
    public void TellMissing(string operationType)
    {
        if (_told.Count < ToldMax && _told.TryAdd(operationType, true))
        {
            _logger.NoHandler(operationType);
        }
    }
}
