using Holdfast.Lifecycle;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline.DeadLetters;

/// <summary>
/// Sends rows on their way again that were parked, while dead-lettering was switched off or because the schema was suspected: as soon as it is
/// on they go through the flusher like new ones, to be stored, to become dead letters, or to be parked again. A little at a time, and only while
/// the spool has room for live data.
/// </summary>
internal sealed class ParkedRows(ISpool spool, StoreState state, Func<bool> deadLetters, TimeProvider time, ILogger<ParkedRows> logger) : ILoop
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private const int RowsPerStep = 500;

    private readonly UnparkPace _pace = new();

    public string Name => "parked rows";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var rows = _pace.NextPass(state.Suspicions);
            await UnparkAsync(rows, cancellationToken);
        }
    }

    private async Task UnparkAsync(int rows, CancellationToken cancellationToken)
    {
        if (rows > 0 && spool.Snapshot().ParkedRows == 0)
        {
            state.Trusted();
        }

        try
        {
            var (moved, last) = (0, 1);
            while (last > 0 && moved < rows && IsDue())
            {
                last = await spool.UnparkAsync(Math.Min(RowsPerStep, rows - moved), cancellationToken);
                moved += last;
            }

            if (moved > 0)
            {
                _pace.Tried();
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
