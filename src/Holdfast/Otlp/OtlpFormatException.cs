namespace Holdfast.Otlp;

/// <summary>The body is not what its content type says. The readers throw nothing else, whatever the bytes are.</summary>
internal sealed class OtlpFormatException(string message, Exception? inner = null) : Exception(message, inner);
