namespace Holdfast.AspNetCore.Ingest;

/// <summary>Memory that bodies and frames share while they arrive, counted in bytes.</summary>
internal sealed class BodyBudget
{
    private const long LeastMax = 64L << 20;
    private long _taken;

    /// <summary>What is taken at present.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>What may be taken: four of the largest bodies, so that one alone never fills it.</summary>
    public static long MaxFor(long bodyBytesMax) => Math.Max(LeastMax, 4 * bodyBytesMax);

    public bool TryTake(long bytes, long max)
    {
        if (Interlocked.Add(ref _taken, bytes) <= max)
        {
            return true;
        }

        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _taken, -bytes);
}

/// <summary>There is no room for what is arriving.</summary>
internal sealed class BudgetUsedUpException() : Exception("The memory for what is arriving is used up.");
