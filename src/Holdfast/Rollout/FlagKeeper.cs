using System.Collections.Frozen;
using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Flags.Rules;
using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Microsoft.Extensions.Logging;

namespace Holdfast.Rollout;

/// <summary>A flag as this process last read it from the store, or from what it knew before.</summary>
internal sealed record KeptFlag(StoredFlag Stored, FlagDocument Document);

/// <summary>
/// Keeps this process at what is set at run time: reads the store when it is rung at and, in case a ring was lost, now and then; hands what it
/// reads to the <see cref="FlagManager"/>, and keeps it in a file for a start without the store.
/// </summary>
internal sealed class FlagKeeper(IFlagStore store, IFlagBell? bell, FlagManager flags, KnownFlagsFile file, TimeProvider time, ILogger<FlagKeeper> logger) : ILoop, IDisposable
{
    /// <summary>Where nobody rings, or the store has not been read yet.</summary>
    public static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <summary>Where rings are heard: in case one was lost.</summary>
    public static readonly TimeSpan RarePoll = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _rung = new(0, 1);

    // One reads at a time, so that what was read later is taken later.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile FrozenDictionary<string, KeptFlag> _kept = FrozenDictionary<string, KeptFlag>.Empty;
    private volatile FlagSheet? _sheet;
    private volatile bool _isCurrent;

    public string Name => "flags";

    /// <summary>Whether what is in effect is what the store says, as far as this process can know.</summary>
    public bool IsCurrent => _isCurrent;

    /// <summary>Version of what is in effect; 0 when nothing was ever read.</summary>
    public int Version => _sheet?.Edition.Version ?? 0;

    /// <summary>Secret that all nodes of the store share; null when it was never read.</summary>
    public ReadOnlyMemory<byte>? StreamKey => _sheet?.StreamKey;

    /// <summary>All flags that are set, by name.</summary>
    public IReadOnlyDictionary<string, KeptFlag> Kept => _kept;

    public KeptFlag? Find(string name) => _kept.GetValueOrDefault(name);

    /// <summary>Goes on with what the process knew when it last ran. Before anything reads a flag; the store is asked later.</summary>
    public void TakeKnown()
    {
        try
        {
            if (file.Read() is { } known)
            {
                Take(known);
                logger.KnownFlagsTaken(known.Flags.Count, known.Edition.Version, file.Path);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            logger.KnownFlagsUnreadable(file.Path, fault.Message);
        }
    }

    /// <summary>Ends only by cancellation.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Ends with this loop, however that ends: one that is begun again listens anew.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = bell?.ListenAsync(Ring, stop.Token) ?? Task.CompletedTask;
        try
        {
            while (true)
            {
                await LookAsync(cancellationToken);
                await WaitAsync(_isCurrent && bell is not { IsHeard: false } ? RarePoll : Poll, cancellationToken);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await listening;
        }
    }

    /// <summary>Reads the store now, if anything has changed there.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be read; what was known stays.</exception>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (await store.ReadEditionAsync(cancellationToken) != _sheet?.Edition || !_isCurrent)
            {
                var sheet = await store.ReadAsync(cancellationToken);
                Take(sheet);
                Save(sheet);
            }

            _isCurrent = true;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _rung.Dispose();
        _gate.Dispose();
    }

    private async ValueTask LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RefreshAsync(cancellationToken);
        }
        catch (StoreUnavailableException fault)
        {
            if (_isCurrent || _sheet is null)
            {
                logger.FlagsUnread(fault.Code, Version);
            }

            _isCurrent = false;
        }
    }

    private void Ring()
    {
        try
        {
            _rung.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has been rung already, and reads everything.
        }
    }

    private async ValueTask WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var rung = _rung.WaitAsync(waiting.Token);
        await Task.WhenAny(rung, Task.Delay(atMost, time, waiting.Token));
        await waiting.CancelAsync();
        await rung.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Take(FlagSheet sheet)
    {
        var before = _kept;
        var kept = sheet.Flags.Select(flag => Parse(flag, before)).OfType<KeptFlag>().ToFrozenDictionary(flag => flag.Stored.Name, StringComparer.Ordinal);
        (_kept, _sheet) = (kept, sheet);
        flags.ReplaceStored(
            kept.Where(flag => flags.Schema.Get(flag.Key) is not null).ToDictionary(flag => flag.Key, flag => (object)PlainValue(flag.Value.Document), StringComparer.Ordinal),
            kept.Where(flag => flag.Value.Document.Rule is not null).ToDictionary(flag => flag.Key, flag => flag.Value.Document.Rule!, StringComparer.Ordinal));
    }

    /// <summary>What cannot be used was stored by another version: the last good one stays, and nothing where there is none.</summary>
    private KeptFlag? Parse(StoredFlag stored, FrozenDictionary<string, KeptFlag> before)
    {
        var definition = flags.Schema.Get(stored.Name);
        var faults = new List<FlagFault>();
        if (definition is null && FlagNaming.Judge(stored.Name) is { } misnamed)
        {
            faults.Add(new FlagFault(stored.Name, misnamed));
        }

        if (FlagDocument.Parse(stored.Document, definition, faults) is { } document && faults.Count == 0)
        {
            return new KeptFlag(stored, document);
        }

        logger.FlagUnusable(stored.Name, string.Join("; ", faults.Select(fault => $"{fault.Field}: {fault.Message}")));
        return before.GetValueOrDefault(stored.Name);
    }

    private static JsonElement PlainValue(FlagDocument document) => document.Rule?.PlainValue ?? document.Value!.Value;

    private void Save(FlagSheet sheet)
    {
        try
        {
            file.Write(sheet);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            logger.KnownFlagsUnwritten(file.Path, fault.Message);
        }
    }
}
