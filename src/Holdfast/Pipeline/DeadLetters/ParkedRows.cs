using Holdfast.Lifecycle;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline.DeadLetters;

/// <summary>
/// Sends rows on their way again that were parked while dead-lettering was switched off: as soon as it is on, they go through the flusher like
/// new ones, to be stored or to become dead letters. A little at a time, and only while the spool has room for live data.
/// </summary>
internal sealed class ParkedRows(ISpool spool, StoreState state, Func<bool> deadLetters, TimeProvider time, ILogger<ParkedRows> logger) : ILoop
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private const int RowsPerStep = 500;

    public string Name => "parked rows";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await UnparkAsync(cancellationToken);
        }
    }

    private async Task UnparkAsync(CancellationToken cancellationToken)
    {
        try
        {
            var moved = 0;
            while (IsDue())
            {
                moved += await spool.UnparkAsync(RowsPerStep, cancellationToken);
            }

            if (moved > 0)
            {
                logger.RowsUnparked(moved);
            }
        }
        catch (SpoolUnavailableException unavailable)
        {
            logger.RowsStayParked(unavailable.Message);
        }
    }

    private bool IsDue()
    {
        var now = spool.Snapshot();
        return deadLetters() && state.Now.Available && now is { ParkedRows: > 0, Level: SpoolLevel.Ok };
    }
}
