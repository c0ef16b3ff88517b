using System.Text;
using Holdfast.Otlp;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Otlp;

/// <summary>
/// Whatever the bytes are: a result, or the reader's own refusal, and no more memory than the body explains. HOLDFAST_TEST_ALL=1 has a
/// hundred times as many, HOLDFAST_TEST_SEED others.
/// </summary>
public sealed class OtlpDamagedBodyTests : IDisposable
{
    private static readonly int Rounds = Setting("HOLDFAST_TEST_ALL", 0) == 1 ? 400_000 : 4_000;
    private static readonly int Seed = Setting("HOLDFAST_TEST_SEED", 1);

    private static readonly string Request = OtlpRig.Request(
        $$$$"""
        {"name":"g","unit":"1","gauge":{"dataPoints":[{"timeUnixNano":"{{{{OtlpRig.Nanoseconds(1)}}}}","asInt":"-7","attributes":[{"key":"k","value":{"stringValue":"v"}},{"key":"a","value":{"arrayValue":{"values":[{"boolValue":true},{"kvlistValue":{"values":[{"key":"z","value":{"doubleValue":1}}]}}]}}}]}]}},
        {"name":"s","sum":{"dataPoints":[{"startTimeUnixNano":"{{{{OtlpRig.Nanoseconds(0)}}}}","timeUnixNano":"{{{{OtlpRig.Nanoseconds(1)}}}}","asDouble":1.5,"exemplars":[{"asDouble":1}]}],"aggregationTemporality":1,"isMonotonic":true}},
        {"name":"h","histogram":{"dataPoints":[{"startTimeUnixNano":"{{{{OtlpRig.Nanoseconds(0)}}}}","timeUnixNano":"{{{{OtlpRig.Nanoseconds(1)}}}}","count":"6","sum":12.5,"min":1,"max":9,"bucketCounts":["1","2","3"],"explicitBounds":[1,2.5]}],"aggregationTemporality":2}},
        {"name":"e","exponentialHistogram":{"dataPoints":[{"timeUnixNano":"{{{{OtlpRig.Nanoseconds(1)}}}}","count":"8","sum":30,"scale":3,"zeroCount":"1","positive":{"offset":-3,"bucketCounts":["2","300","4"]},"negative":{"offset":1,"bucketCounts":["1"]},"zeroThreshold":0.1}],"aggregationTemporality":2}},
        {"name":"q","summary":{"dataPoints":[{"timeUnixNano":"{{{{OtlpRig.Nanoseconds(1)}}}}","count":"8","sum":30,"quantileValues":[{"quantile":0.5,"value":3}]}]}}
        """);

    private readonly OtlpRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_damaged_body_is_recorded_or_refused(bool asProtobuf)
    {
        var encoding = asProtobuf ? OtlpEncoding.Protobuf : OtlpEncoding.Json;
        var whole = Whole(encoding);
        var random = new Random(Seed);
        var (recorded, refused) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            if (await IsRecordedAsync(Damage(whole, random), encoding))
            {
                recorded++;
            }
            else
            {
                refused++;
            }
        }

        // Damage that never hurts, or always does, would test one way only.
        recorded.ShouldBeGreaterThan(Rounds / 100);
        refused.ShouldBeGreaterThan(Rounds / 100);
        _rig.Samples.ShouldAllBe(sample => double.IsFinite(sample.Value) && sample.Series.Name.Length > 0);
    }

    [Theory]
    [InlineData("length beyond the end", new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 1 })]
    [InlineData("length beyond all", new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })]
    [InlineData("number cut off", new byte[] { 0x08, 0x80 })]
    [InlineData("number too long", new byte[] { 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 })]
    [InlineData("eight bytes cut off", new byte[] { 0x09, 1, 2, 3 })]
    [InlineData("four bytes cut off", new byte[] { 0x0D, 1 })]
    [InlineData("begin of a group", new byte[] { 0x0B, 0x0C })]
    [InlineData("end of a group", new byte[] { 0x0C })]
    [InlineData("wire type 6", new byte[] { 0x0E })]
    [InlineData("wire type 7", new byte[] { 0x0F })]
    [InlineData("field 0", new byte[] { 0x00, 0x00 })]
    [InlineData("tag too large", new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x00 })]
    public async Task Bytes_that_are_no_message_are_refused(string what, byte[] body) =>
        await Should.ThrowAsync<OtlpFormatException>(() => _rig.IngestAsync(body, OtlpEncoding.Protobuf), what);

    [Fact]
    public async Task A_known_field_of_another_wire_type_is_passed_over()
    {
        // Field 1 as a number, as 8 bytes, as 4 bytes: the request is empty.
        await _rig.IngestAsync([0x08, 0x05, 0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x0D, 1, 2, 3, 4], OtlpEncoding.Protobuf);

        _rig.Spool.Appends.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_million_buckets_are_not_kept()
    {
        var counts = OtlpProtobuf.Field(6, new byte[8_000_000]);
        byte[] time = [0x19, .. BitConverter.GetBytes(ulong.Parse(OtlpRig.Nanoseconds(1)))];
        var body = Nest([.. time, .. counts], 1, 9, 2, 2, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var result = await _rig.IngestAsync(body, OtlpEncoding.Protobuf);

        result.Message.ShouldContain("too many buckets");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
    }

    [Fact]
    public async Task A_million_empty_points_take_no_memory_of_their_own()
    {
        var points = Enumerable.Repeat(OtlpProtobuf.Field(1, []), 1_000_000).SelectMany(point => point).ToArray();
        var body = Nest(points, 5, 2, 2, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var result = await _rig.IngestAsync(body, OtlpEncoding.Protobuf);

        result.RejectedPoints.ShouldBe(1_000_000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    [InlineData('"')]
    [InlineData('\0')]
    public async Task Sixteen_megabytes_of_one_letter_are_refused(char letter)
    {
        var body = Enumerable.Repeat((byte)letter, 16 << 20).ToArray();

        await Should.ThrowAsync<OtlpFormatException>(() => _rig.IngestAsync(body, OtlpEncoding.Json));
        await Should.ThrowAsync<OtlpFormatException>(() => _rig.IngestAsync(body, OtlpEncoding.Protobuf));
    }

    /// <summary>A message within messages, the innermost field number first.</summary>
    private static byte[] Nest(byte[] message, params int[] fields) => fields.Aggregate(message, (inner, field) => OtlpProtobuf.Field(field, inner));

    private async Task<bool> IsRecordedAsync(byte[] body, OtlpEncoding encoding)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            await _rig.IngestAsync(body, encoding);
            return true;
        }
        catch (OtlpFormatException)
        {
            return false;
        }
        finally
        {
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(4 << 20, $"for {body.Length} bytes: {Convert.ToBase64String(body)}");
        }
    }

    private static byte[] Whole(OtlpEncoding encoding) => encoding == OtlpEncoding.Json ? Encoding.UTF8.GetBytes(Request) : OtlpProtobuf.FromJson(Request);

    private static byte[] Damage(byte[] whole, Random random)
    {
        var damaged = whole.ToList();
        for (var times = random.Next(1, 4); times > 0 && damaged.Count > 1; times--)
        {
            var at = random.Next(damaged.Count);
            var length = random.Next(1, Math.Min(12, damaged.Count - at + 1));
            switch (random.Next(6))
            {
                case 0:
                    damaged[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 2:
                    damaged.RemoveRange(at, length);
                    break;
                case 3:
                    damaged.InsertRange(at, damaged.GetRange(at, length));
                    break;
                case 4:
                    damaged.InsertRange(at, Enumerable.Range(0, length).Select(_ => (byte)random.Next(256)));
                    break;
                default:
                    damaged.RemoveRange(at, damaged.Count - at);
                    break;
            }
        }

        return [.. damaged];
    }

#pragma warning disable RS0030 // Switches of the test scripts, no settings of the product.
    private static int Setting(string name, int fallback) => int.TryParse(Environment.GetEnvironmentVariable(name), out var value) ? value : fallback;
#pragma warning restore RS0030
}
