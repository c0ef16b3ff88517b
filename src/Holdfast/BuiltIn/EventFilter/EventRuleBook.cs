namespace Holdfast.BuiltIn.EventFilter;

/// <summary>
/// The rules, in a file of their own that is replaced as a whole: whatever happens, the old one or the new one is there. It is no setting, since
/// it changes through the API alone, and needs no database, since it says what becomes of the news that one is away. Safe for concurrent use.
/// </summary>
internal sealed class EventRuleBook(string path) : IDisposable
{
    public const string FileName = "event-rules.json";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile IReadOnlyList<EventRule>? _current;

    /// <summary>As they are in effect; none before they were read.</summary>
    public IReadOnlyList<EventRule> Current => _current ?? [];

    /// <summary>Called when they were replaced.</summary>
    public Action Changed { get; set; } = () => { };

    /// <summary>The rules; read from the file the first time.</summary>
    /// <exception cref="EventRulesException">The file cannot be read, or what it says is wrong.</exception>
    public async Task<IReadOnlyList<EventRule>> ReadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return _current ??= File.Exists(path) ? Parse(await File.ReadAllBytesAsync(path, cancellationToken)) : [];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EventRulesException($"The file of the event rules cannot be read: {fault.Message}", fault);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Puts others in their place: in the file first, then in effect. Also heals a file that cannot be read.</summary>
    /// <exception cref="EventRulesException">The file cannot be written; nothing has changed.</exception>
    public async Task ReplaceAsync(IReadOnlyList<EventRule> rules, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            Save(EventRulesJson.Write(rules));
            _current = rules;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EventRulesException($"The file of the event rules cannot be written: {fault.Message}", fault);
        }
        finally
        {
            _gate.Release();
        }

        Changed();
    }

    public void Dispose() => _gate.Dispose();

    private static IReadOnlyList<EventRule> Parse(byte[] utf8)
    {
        var (rules, faults) = EventRulesJson.Read(utf8);
        return faults.Count == 0
            ? rules
            : throw new EventRulesException("The file of the event rules has faults: " + string.Join(' ', faults.Select(fault => $"{fault.Field}: {fault.Message}")));
    }

    private void Save(byte[] utf8)
    {
        var next = path + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            file.Write(utf8);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }
}

/// <summary>The rules cannot be read or kept.</summary>
internal sealed class EventRulesException(string message, Exception? innerException = null) : Exception(message, innerException);
