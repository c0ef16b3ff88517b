using Holdfast.Pipeline;

namespace Holdfast.Otlp;

/// <summary>How the value of a reading relates to those before it.</summary>
internal enum ReadingKind : byte
{
    /// <summary>Not at all: a value that goes up and down.</summary>
    Plain,

    /// <summary>A running total since the start time.</summary>
    Total,

    /// <summary>What was added since the last reading.</summary>
    Difference,
}

/// <summary>One value of a series as it was sent. A data point has one or more of them.</summary>
/// <param name="StartNanoseconds">Unix time; 0 when it is not known.</param>
/// <param name="BeginsPoint">The first reading of its data point, so that points can be counted.</param>
internal readonly record struct OtlpReading(
    SeriesEntry Entry, long StartNanoseconds, long TimeNanoseconds, double Value, ReadingKind Kind, bool BeginsPoint);
