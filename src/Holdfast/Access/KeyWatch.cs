using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Microsoft.Extensions.Logging;

namespace Holdfast.Access;

/// <summary>
/// Keeps the ring as the store has it. It asks for a number every half second, so that a key which is revoked anywhere is refused here within
/// one; while the store is away the ring stays as it is. It does not stand behind the breaker: that opens for reasons, a full disk say, for
/// which a stolen key must not stay good, and half-second questions that succeed would hide the failures that it counts.
/// </summary>
internal sealed class KeyWatch : ILoop, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan TouchPeriod = TimeSpan.FromMinutes(1);

    private readonly IKeyStore _store;
    private readonly KeyRing _ring;
    private readonly KeyFile _file;
    private readonly TimeProvider _time;
    private readonly ILogger<KeyWatch> _logger;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool _open;
    private long? _revision;
    private bool _away;
    private long _touchedAt;

    /// <summary>Takes at once what was last known, so that nothing is open for a moment.</summary>
    public KeyWatch(IKeyStore store, KeyRing ring, KeyFile file, TimeProvider time, ILogger<KeyWatch> logger)
    {
        (_store, _ring, _file, _time, _logger) = (store, ring, file, time, logger);
        _touchedAt = time.GetTimestamp();
        TakeKnown();
    }

    public string Name => "keys";

    /// <summary>Completes when the store was asked for the first time, whatever it said.</summary>
    public Task FirstAttempt => _firstAttempt.Task;

    /// <summary>Why the keys of the store are not known; null: they are.</summary>
    public string? Unknown { get; private set; } = "The store has not been asked yet.";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await LookAsync(cancellationToken);
            _firstAttempt.TrySetResult();
            await Task.Delay(Period, _time, cancellationToken);
        }
    }

    /// <summary>Takes over what the store has now.</summary>
    /// <exception cref="StoreUnavailableException">It is away.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await OpenNeedsLockAsync(cancellationToken);
            if (await _store.ReadRevisionAsync(cancellationToken) != _revision)
            {
                TakeNeedsLock(await _store.ReadAsync(cancellationToken));
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RefreshAsync(cancellationToken);
            await TouchAsync(cancellationToken);
            if (_away)
            {
                _logger.KeysKnownAgain();
            }

            (_away, Unknown) = (false, null);
        }
        catch (StoreUnavailableException fault)
        {
            Unknown ??= fault.Message;
            if (!_away)
            {
                _away = true;
                _logger.KeysNotKnown(fault.Reason);
            }
        }
    }

    private async ValueTask OpenNeedsLockAsync(CancellationToken cancellationToken)
    {
        if (!_open)
        {
            await _store.OpenAsync(cancellationToken);
            _open = true;
        }
    }

    private void TakeNeedsLock(KeyList list)
    {
        _ring.Replace(list.Keys, _ring.EverHad);
        Keep(new KnownKeys(list.Keys, _ring.EverHad));
        _revision = list.Revision;
    }

    private async ValueTask TouchAsync(CancellationToken cancellationToken)
    {
        if (_time.GetElapsedTime(_touchedAt) < TouchPeriod)
        {
            return;
        }

        _touchedAt = _time.GetTimestamp();
        if (_ring.TakeUses() is { Count: > 0 } uses)
        {
            await _store.TouchAsync(uses, cancellationToken);
        }
    }

    private void TakeKnown()
    {
        try
        {
            if (_file.Read() is { } known)
            {
                _ring.Replace(known.Keys, known.EverHad);
            }
        }
        catch (KeyFileException fault)
        {
            // There were keys: nobody gets in until the store says which.
            _logger.KeyFileUnreadable(fault.Message);
            _ring.Replace([], everHad: true);
        }
    }

    private void Keep(KnownKeys known)
    {
        try
        {
            _file.Write(known);
        }
        catch (KeyFileException fault)
        {
            // They are in effect all the same; only a start without the database would not know them.
            _logger.KeyFileNotWritten(fault.Message);
        }
    }
}
