using System.Threading.Channels;
using Holdfast.Spool;

namespace Holdfast.Retries;

/// <summary>
/// Where items wait that the database could not take: a spool of their own beside that of the record, because each batch of that one is
/// accounted for in the store's ledger, and these leave for a queue. Opened when it is needed for the first time, or when an earlier life
/// left something in it. Thread-safe.
/// </summary>
/// <param name="open">Opens it.</param>
/// <param name="isThere">Whether there is one on disk, which may hold something.</param>
internal sealed class RetrySpool(Func<CancellationToken, ValueTask<ISpool>> open, bool isThere) : IAsyncDisposable
{
    private readonly Lock _gate = new();

    // One note stands for all appends that came before it was read.
    private readonly Channel<bool> _appended = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private ISpool? _opened;

    // Under the lock.
    private Task<ISpool>? _opening;
    private bool _mayHold = isThere;
    private int _underWay;
    private long _appends;

    /// <summary>Whether something may wait here. False is certain.</summary>
    public bool MayHold
    {
        get
        {
            lock (_gate)
            {
                return _mayHold;
            }
        }
    }

    /// <summary>Items that wait, as far as it is open.</summary>
    public long Rows => Volatile.Read(ref _opened)?.Snapshot().Rows ?? 0;

    /// <summary>Makes items durable, all in one commit.</summary>
    /// <exception cref="SpoolFullException">The budget is used up; nothing was taken.</exception>
    /// <exception cref="SpoolUnavailableException">The file cannot be opened or written; nothing was taken.</exception>
    public async ValueTask AppendAsync(IReadOnlyList<NewRetry> items, CancellationToken cancellationToken)
    {
        Begin();
        try
        {
            var spool = await OpenAsync(cancellationToken);
            await spool.AppendAsync(new SpoolAppend(RetrySpoolCodec.Encode(items), []), cancellationToken);
        }
        finally
        {
            End();
        }
    }

    /// <summary>The batches that wait, the oldest first: a bounded number. None when nothing waits.</summary>
    /// <exception cref="SpoolUnavailableException">The file cannot be opened or read.</exception>
    public async ValueTask<IReadOnlyList<SpooledBatch>> ReadAsync(CancellationToken cancellationToken)
    {
        var spool = await OpenAsync(cancellationToken);
        var before = Interlocked.Read(ref _appends);
        var batches = await spool.ReadAsync(new SpoolRead { Kinds = [SpoolKind.RetryEnqueue] }, cancellationToken);
        if (batches.Count == 0)
        {
            NoteEmpty(before);
        }

        return batches;
    }

    /// <summary>Forgets batches that the queue has.</summary>
    public async ValueTask RemoveAsync(IReadOnlyCollection<long> batchSeqs, CancellationToken cancellationToken) =>
        await (await OpenAsync(cancellationToken)).RemoveAsync(batchSeqs, cancellationToken);

    /// <summary>Puts aside what the queue refuses, until <see cref="UnparkAsync"/>.</summary>
    public async ValueTask ParkAsync(IReadOnlyList<ParkedRow> rows, CancellationToken cancellationToken) =>
        await (await OpenAsync(cancellationToken)).ParkAsync(rows, cancellationToken);

    /// <summary>Makes what was put aside wait again; returns how many items that are.</summary>
    public async ValueTask<int> UnparkAsync(CancellationToken cancellationToken) =>
        await (await OpenAsync(cancellationToken)).UnparkAsync(int.MaxValue, cancellationToken);

    /// <summary>Completes when something was appended since the last time.</summary>
    public async ValueTask WhenAppendedAsync(CancellationToken cancellationToken) => await _appended.Reader.ReadAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Task? opening;
        lock (_gate)
        {
            opening = _opening;
        }

        if (opening is not null)
        {
            await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (Volatile.Read(ref _opened) is { } spool)
        {
            await spool.DisposeAsync();
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            _mayHold = true;
            _underWay++;
            _appends++;
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _underWay--;
        }

        _appended.Writer.TryWrite(true);
    }

    /// <summary>Nothing was found. That is the truth for ever only when nothing came meanwhile.</summary>
    private void NoteEmpty(long appendsBefore)
    {
        lock (_gate)
        {
            _mayHold = _underWay > 0 || _appends != appendsBefore;
        }
    }

    private async ValueTask<ISpool> OpenAsync(CancellationToken cancellationToken)
    {
        Task<ISpool> opening;
        lock (_gate)
        {
            opening = _opening is null or { IsFaulted: true } or { IsCanceled: true } ? _opening = OpenOnceAsync() : _opening;
        }

        try
        {
            return await opening.WaitAsync(cancellationToken);
        }
        catch (SpoolStartException fault)
        {
            throw new SpoolUnavailableException(fault.Message, fault);
        }
    }

    private async Task<ISpool> OpenOnceAsync()
    {
        // Not under the lock of whoever asked.
        await Task.Yield();
        var spool = await open(CancellationToken.None);
        Volatile.Write(ref _opened, spool);
        return spool;
    }
}
