namespace Holdfast.Operations;

/// <summary>Items that operations are about: the queue, or the dead letters of the store.</summary>
internal interface IOperationItems
{
    /// <summary>How many match.</summary>
    ValueTask<long> CountAsync(BulkOperation operation, CancellationToken cancellationToken);

    /// <summary>Does it to the next items: what is known of them, and where the next portion begins. Nothing at the end.</summary>
    ValueTask<(OperationProgress Taken, long Position)> TakeAsync(BulkOperation operation, int limit, CancellationToken cancellationToken);

    /// <summary>What came of those that were taken.</summary>
    ValueTask<OperationProgress> ReadProgressAsync(BulkOperation operation, CancellationToken cancellationToken);
}
