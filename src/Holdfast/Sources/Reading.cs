using Holdfast.Pipeline;

namespace Holdfast.Sources;

/// <summary>What is measured, in the words of the OpenTelemetry semantic conventions.</summary>
/// <param name="Name"><c>system.memory.usage</c>.</param>
/// <param name="Unit">UCUM: <c>By</c>, <c>1</c>, <c>s</c>.</param>
internal sealed record Instrument(string Name, string Unit, SeriesKind Kind);

/// <summary>One value of an instrument at the time of a tick. What cannot be measured has no reading; it is never a zero.</summary>
internal readonly record struct Reading(Instrument Instrument, KeyValuePair<string, string>[] Labels, double Value);

/// <summary>A part of the machine or of the process that can be asked for its values once a tick.</summary>
internal interface ISource
{
    /// <summary>Name for the log: <c>host</c>.</summary>
    string Name { get; }

    /// <summary>Why this source has nothing to say on this machine; null when it has.</summary>
    string? Unavailable { get; }

    /// <summary>Adds what can be measured now.</summary>
    void Read(ICollection<Reading> readings);
}

/// <summary>Short forms for what sources write often.</summary>
internal static class Readings
{
    private static readonly KeyValuePair<string, string>[] NoLabels = [];

    public static void Add(this ICollection<Reading> readings, Instrument instrument, double value) =>
        readings.Add(new Reading(instrument, NoLabels, value));

    public static void Add(this ICollection<Reading> readings, Instrument instrument, double value, params (string Key, string Value)[] labels) =>
        readings.Add(new Reading(instrument, Array.ConvertAll(labels, label => KeyValuePair.Create(label.Key, label.Value)), value));
}
