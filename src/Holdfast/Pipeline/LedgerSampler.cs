using Holdfast.Lifecycle;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline;

/// <summary>Has the ledger sampled every 10 seconds, and says so loudly when it does not balance.</summary>
internal sealed class LedgerSampler(Flusher flusher, TimeProvider time, ILogger<LedgerSampler> logger) : ILoop
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    public string Name => "ledger";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            var ledger = await flusher.SampleAsync(cancellationToken);
            if (ledger.Error is not (null or 0))
            {
                logger.LedgerUnbalanced(ledger.Events.Error, ledger.Samples.Error);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
