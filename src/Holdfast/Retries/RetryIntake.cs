using Holdfast.Pipeline;

namespace Holdfast.Retries;

/// <summary>
/// The way in: judges drafts and has them committed together with those of other callers. Who awaits it has a durable item: in the queue, or
/// in the spool while the database is away.
/// </summary>
internal sealed class RetryIntake : IRetryQueue
{
    private const double GroupItemsMax = 500;

    // A payload may be large: a transaction of 500 such would hold everybody up.
    private const double GroupBytesMax = 4 << 20;

    private readonly IRetryStore _store;
    private readonly RetrySpool _spool;
    private readonly RetryEnvironment _environment;
    private readonly RetryBell _bell;
    private readonly RetryMetrics _metrics;
    private readonly GroupWriter<Pending> _writer;

    public RetryIntake(IRetryStore store, RetrySpool spool, RetryEnvironment environment, RetryBell bell, RetryMetrics metrics)
    {
        _store = store;
        _spool = spool;
        _environment = environment;
        _bell = bell;
        _metrics = metrics;
        _writer = new GroupWriter<Pending>(pending => pending.Share, CommitAsync, (pending, fault) => pending.Answer.TrySetException(fault));
    }

    /// <inheritdoc/>
    public async ValueTask<EnqueuedRetry> EnqueueAsync(RetryDraft draft, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(draft);
        return (await EnqueueAsync([draft], cancellationToken))[0];
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<EnqueuedRetry>> EnqueueAsync(IReadOnlyList<RetryDraft> drafts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(drafts);
        var items = RetryValidator.Check(drafts, _environment.Options(), _environment.Time.GetUtcNow());
        if (items.Count == 0)
        {
            return [];
        }

        var pending = new Pending(items);
        await _writer.AddAsync(pending, cancellationToken);
        return await pending.Answer.Task.WaitAsync(cancellationToken);
    }

    private async Task CommitAsync(IReadOnlyList<Pending> group)
    {
        var items = group.Count == 1 ? group[0].Items : [.. group.SelectMany(pending => pending.Items)];

        var answers = await TakeAsync(items);
        Tell(items, answers);
        var taken = 0;
        foreach (var pending in group)
        {
            pending.Answer.TrySetResult([.. answers.Skip(taken).Take(pending.Items.Count)]);
            taken += pending.Items.Count;
        }
    }

    /// <summary>Not cancelled half-way: who waits wants to know what became of it.</summary>
    private async ValueTask<IReadOnlyList<EnqueuedRetry>> TakeAsync(IReadOnlyList<NewRetry> items)
    {
        // What belongs to a group goes behind those of its group that may still be in the spool.
        if (_spool.MayHold && items.Any(item => item.GroupKey is not null))
        {
            return await SpoolAsync(items);
        }

        try
        {
            return await _store.EnqueueAsync(items, CancellationToken.None);
        }
        catch (StoreUnavailableException unavailable)
        {
            if (!_spool.MayHold)
            {
                _environment.Logger.Spooling(unavailable.Code);
            }

            return await SpoolAsync(items);
        }
    }

    private async ValueTask<IReadOnlyList<EnqueuedRetry>> SpoolAsync(IReadOnlyList<NewRetry> items)
    {
        await _spool.AppendAsync(items, CancellationToken.None);
        _metrics.Spooled(items.Count);
        return [.. items.Select(item => new EnqueuedRetry(item.Id, EnqueueStatus.Spooled))];
    }

    /// <summary>Before the answers: who has one may rely on the workers to know.</summary>
    private void Tell(IReadOnlyList<NewRetry> items, IReadOnlyList<EnqueuedRetry> answers)
    {
        var created = items.Where((_, i) => answers[i].Status == EnqueueStatus.Created).Select(item => item.Delay).ToList();
        if (created.Count > 0)
        {
            _metrics.Scheduled(created.Count);
            _bell.Ring(created.Min());
        }
    }

    /// <summary>What one caller waits for.</summary>
    private sealed class Pending(IReadOnlyList<NewRetry> items)
    {
        public IReadOnlyList<NewRetry> Items => items;

        public double Share { get; } = Math.Max(items.Count / GroupItemsMax, items.Sum(item => (long)item.Payload.Length) / GroupBytesMax);

        public TaskCompletionSource<IReadOnlyList<EnqueuedRetry>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
