namespace Holdfast.Retries;

/// <summary>
/// Where the policies stand for workers that do not run in this process, and only speak to the store. A store has one where there can be
/// such workers.
/// </summary>
internal interface IRetryPolicyTable
{
    /// <summary>Puts these policies in the place of those that are there. Called at the start, and when the settings change.</summary>
    ValueTask PublishAsync(RetryQueueOptions options, CancellationToken cancellationToken);
}
