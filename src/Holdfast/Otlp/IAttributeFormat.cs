namespace Holdfast.Otlp;

/// <summary>Reads attributes that a data point keeps as they were sent.</summary>
internal interface IAttributeFormat
{
    /// <summary>Tells the formats apart where the same bytes could mean two things.</summary>
    byte Id { get; }

    /// <summary>Adds the attributes as labels; a value that is not a text becomes one.</summary>
    /// <exception cref="OtlpFormatException">The bytes are not attributes.</exception>
    void Read(ReadOnlySpan<byte> attributes, ICollection<KeyValuePair<string, string>> labels);
}
