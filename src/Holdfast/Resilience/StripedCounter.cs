using System.Numerics;
using System.Runtime.InteropServices;

namespace Holdfast.Resilience;

/// <summary>
/// A counter whose processors count in cells of their own, far enough apart that no two share a cache line: counting costs a thread
/// nothing but its own increment, however many count at once. Reading adds the cells up.
/// </summary>
internal sealed class StripedCounter
{
    // Processor ids are sparse where a container sees only some processors; a few spare cells keep two of them apart.
    private const int CellsMin = 8;

    private readonly Cell[] _cells = new Cell[Math.Max(CellsMin, (int)BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount))];

    /// <summary>Counts one.</summary>
    public void Increment() => Interlocked.Increment(ref _cells[Thread.GetCurrentProcessorId() & (_cells.Length - 1)].Value);

    /// <summary>What was counted so far. Exact once nobody counts; otherwise somewhere between the counts at its start and at its end.</summary>
    public long Read()
    {
        var sum = 0L;
        foreach (ref var cell in _cells.AsSpan())
        {
            sum += Interlocked.Read(ref cell.Value);
        }

        return sum;
    }

    /// <summary>Starts again at 0.</summary>
    public void Reset()
    {
        foreach (ref var cell in _cells.AsSpan())
        {
            Interlocked.Exchange(ref cell.Value, 0);
        }
    }

    // Two lines of 64 bytes, because processors fetch lines in pairs.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Cell
    {
        [FieldOffset(64)]
        public long Value;
    }
}
