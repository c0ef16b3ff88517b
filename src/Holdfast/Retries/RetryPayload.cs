using Holdfast.Pipeline;

namespace Holdfast.Retries;

/// <summary>What a payload may be, so that every store can keep it.</summary>
internal static class RetryPayload
{
    /// <summary>Bytes of a payload as UTF-8.</summary>
    public const int BytesMax = 1 << 20;

    /// <summary>What is wrong with it, for people; null: nothing.</summary>
    /// <param name="bytesMax">What it may have.</param>
    public static string? FaultOf(ReadOnlySpan<byte> json, int bytesMax = BytesMax) => StorableJson.FaultOf(json, bytesMax);
}
