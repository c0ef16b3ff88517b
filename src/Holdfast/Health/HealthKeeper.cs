using Holdfast.Lifecycle;
using Microsoft.Extensions.Logging;

namespace Holdfast.Health;

/// <summary>
/// Writes what is known of the health to its file: soon after something happened, once a minute in any case, and when the process leaves. What a
/// process that was killed had not written yet, a minute at most, counts as time in which it did not run.
/// </summary>
internal sealed class HealthKeeper(HealthFile file, Func<HealthMemory> remember, TimeProvider time, ILogger<HealthKeeper> logger) : ILoop, IShutdownParticipant
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // The file is some hundred kilobytes: what only counts can wait.
    private const int LooksPerMinute = 60;

    private readonly Lock _gate = new();
    private volatile bool _happened;
    private bool _failed;

    public string Name => "health file";

    // After the loops, which may still change something.
    public ShutdownPhase Phase => ShutdownPhase.CloseSockets;

    /// <summary>What was kept, or nothing where it cannot be read: how the server did is not worth a server that does not start.</summary>
    public static HealthMemory Read(HealthFile file, ILogger logger)
    {
        try
        {
            return file.Read();
        }
        catch (HealthFileException fault)
        {
            logger.NotRead(file.Path, fault.Message);
            return PutAside(file, logger);
        }
    }

    /// <summary>Something is worth being kept soon.</summary>
    public void Note() => _happened = true;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        for (var looks = 1; await timer.WaitForNextTickAsync(cancellationToken); looks++)
        {
            if (_happened || looks % LooksPerMinute == 0)
            {
                _happened = false;
                Write();
            }
        }
    }

    public ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        Write();
        return ValueTask.CompletedTask;
    }

    /// <summary>Writes it now. What cannot be written is told once and tried again.</summary>
    public void Write()
    {
        lock (_gate)
        {
            WriteNeedsLock();
        }
    }

    private static HealthMemory PutAside(HealthFile file, ILogger logger)
    {
        try
        {
            file.PutAside();
        }
        catch (HealthFileException fault)
        {
            logger.NotWritten(file.Path, fault.Message);
        }

        return new HealthMemory();
    }

    private void WriteNeedsLock()
    {
        try
        {
            file.Write(remember());
            _failed = false;
        }
        catch (HealthFileException fault)
        {
            // Once for each time that it begins to fail: a full disk is told of by the check of the disk.
            if (!_failed)
            {
                logger.NotWritten(file.Path, fault.Message);
            }

            _failed = true;
        }
    }
}
