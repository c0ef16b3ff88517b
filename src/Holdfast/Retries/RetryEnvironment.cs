using Microsoft.Extensions.Logging;

namespace Holdfast.Retries;

/// <summary>What every part of the queue needs to know.</summary>
/// <param name="Node">Name of this node.</param>
/// <param name="Options">The settings as they are now.</param>
/// <param name="Random">Chance for jitter, in [0, 1).</param>
internal sealed record RetryEnvironment(string Node, Func<RetryQueueOptions> Options, TimeProvider Time, Func<double> Random, ILogger Logger)
{
    /// <summary>Who is told of what happens; null: nobody.</summary>
    public IRetryObserver? Observer { get; init; }
}
