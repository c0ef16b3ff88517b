using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Holdfast.AspNetCore.Ingest;

/// <summary>Decompresses a body. It stops reading where the limit is passed: a small body can stand for a very large one.</summary>
internal static class Gunzip
{
    private const int ChunkBytes = 64 << 10;

    // A head of 10 bytes, an empty block, and the trailer: checksum and length.
    private const int BytesMin = 20;
    private const int LengthBytes = sizeof(uint);

    /// <param name="bytesMax">Bytes that it may stand for.</param>
    public static BodyRead Read(BodyReader.Body compressed, BodyBudget budget, int bytesMax)
    {
        var body = new BodyReader.Body(budget, BodyBudget.MaxFor(bytesMax));
        var outcome = Fill(body, compressed.OpenRead(), bytesMax);
        if (outcome == BodyOutcome.Read && IsWhole(compressed.Memory.Span, body.Length))
        {
            return new BodyRead(outcome, body);
        }

        body.Dispose();
        return new BodyRead(outcome == BodyOutcome.Read ? BodyOutcome.Damaged : outcome, null);
    }

    private static BodyOutcome Fill(BodyReader.Body body, Stream compressed, int bytesMax)
    {
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            using var gzip = new GZipStream(compressed, CompressionMode.Decompress);
            while (gzip.Read(chunk) is var count and > 0)
            {
                if (body.Length + count > bytesMax)
                {
                    return BodyOutcome.TooLarge;
                }

                if (!body.TryAppend(new ReadOnlySequence<byte>(chunk, 0, count), bytesMax))
                {
                    return BodyOutcome.NoRoom;
                }
            }

            return BodyOutcome.Read;
        }
        catch (InvalidDataException)
        {
            // Said to the client by the answer.
            return BodyOutcome.Damaged;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>
    /// The stream takes a missing end for the end, and metrics that are cut off between two of them read like fewer metrics: so the length
    /// that the trailer tells is compared. Of several members in a row it tells the last one's; nobody sends metrics like that.
    /// </summary>
    private static bool IsWhole(ReadOnlySpan<byte> compressed, int length) =>
        compressed.Length >= BytesMin && BinaryPrimitives.ReadUInt32LittleEndian(compressed[^LengthBytes..]) == (uint)length;
}
