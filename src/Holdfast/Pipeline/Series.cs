using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Pipeline;

/// <summary>How the values of a series behave.</summary>
public enum SeriesKind : byte
{
    /// <summary>A value that goes up and down; <c>gauge</c> on the wire.</summary>
    Gauge = 1,

    /// <summary>A running total; ask for it with <c>agg=rate</c>. <c>counter</c> on the wire.</summary>
    Counter = 2,
}

/// <summary>The kinds by their names on the wire.</summary>
internal static class SeriesKinds
{
    public static string NameOf(SeriesKind kind) => kind == SeriesKind.Counter ? "counter" : "gauge";
}

/// <summary>
/// What a series is: a name and sorted labels. Its <see cref="Id"/> is the first 8 bytes of SHA-256 over both, so every node and
/// every store gives the same series the same id without asking anyone.
/// </summary>
internal sealed class SeriesDefinition : IEquatable<SeriesDefinition>
{
    private SeriesDefinition(long id, string name, string labelsJson, string unit, SeriesKind kind)
    {
        Id = id;
        Name = name;
        LabelsJson = labelsJson;
        Unit = unit;
        Kind = kind;
    }

    public long Id { get; }
    public string Name { get; }

    /// <summary>Labels as a compact JSON object with keys in ordinal order.</summary>
    public string LabelsJson { get; }

    /// <summary>UCUM unit: <c>By</c>, <c>1</c>, <c>s</c>, <c>{event}</c>; empty when unknown.</summary>
    public string Unit { get; }
    public SeriesKind Kind { get; }

    /// <param name="labelsJson">Must be canonical already: sorted keys, compact.</param>
    public static SeriesDefinition Create(string name, string labelsJson, string unit, SeriesKind kind)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name + "\n" + labelsJson), hash);
        return new SeriesDefinition(BinaryPrimitives.ReadInt64BigEndian(hash), name, labelsJson, unit, kind);
    }

    public bool Equals(SeriesDefinition? other) =>
        other is not null && Id == other.Id && Name == other.Name && LabelsJson == other.LabelsJson;

    public override bool Equals(object? obj) => Equals(obj as SeriesDefinition);

    public override int GetHashCode() => Id.GetHashCode();
}

/// <summary>One reading of a series at a time.</summary>
internal readonly record struct Sample(SeriesDefinition Series, long TimestampMilliseconds, double Value);
