using System.Text;
using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Pipeline;

public class DamagedBodyTests
{
    private const int Rounds = 5_000;

    private static readonly byte[] Array = Encoding.UTF8.GetBytes("""
        [{"event_id":"01234567-89ab-cdef-8123-456789abcdef","event_type":"order.f\u0061iled","source":"ä😀","timestamp":"2026-01-01T00:00:00.5+01:00",
          "data":{"b":[1,2.5e3,{"z":null,"a":true}],"a":"\ud83d\ude00\n\u0000"},"metadata":{"correlation_id":"c"},"category":"critical"},
         {"event_type":"cache.hit","timestamp":1767225600000,"data":{"error":"x"},"extra":[[[]]]}]
        """);

    private static readonly byte[] Lines = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Array).Replace("\n", "").Replace("},", "},\n").Trim('[', ']'));

    private readonly IntakeRig _rig = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_the_damage_the_answer_is_whole_and_what_is_accepted_is_well_formed(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var (body, format) = round % 2 == 0 ? (Array, EventFormat.Json) : (Lines, EventFormat.Ndjson);

            var decoded = _rig.Decoder.Decode(Damage(body, random), format);

            var rows = IntakeRig.Rows(decoded.Entries);
            rows.Count.ShouldBe(decoded.Accepted);
            rows.ForEach(ShouldBeWellFormed);
            decoded.Rejected.ShouldAllBe(item => item.Errors.Count > 0);
        }
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    [InlineData('"')]
    [InlineData('\\')]
    [InlineData('\0')]
    [InlineData('1')]
    public void Sixteen_megabytes_of_one_letter_are_refused(char letter)
    {
        var body = Enumerable.Repeat((byte)letter, _rig.Options.BodyBytesMax).ToArray();

        _rig.Decoder.Decode(body, EventFormat.Json).Status.ShouldBe(IntakeStatus.Unreadable);
        _rig.Decoder.Decode(body, EventFormat.Ndjson).Rejected.ShouldHaveSingleItem().Errors.ShouldHaveSingleItem().Rule.ShouldBe("size");
    }

    private static byte[] Damage(byte[] body, Random random)
    {
        var damaged = body.ToList();
        for (var times = random.Next(1, 4); times > 0 && damaged.Count > 1; times--)
        {
            var at = random.Next(damaged.Count);
            switch (random.Next(4))
            {
                case 0:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 1:
                    damaged.RemoveRange(at, random.Next(1, Math.Min(20, damaged.Count - at) + 1));
                    break;
                case 2:
                    damaged.InsertRange(at, damaged.GetRange(at, Math.Min(random.Next(40), damaged.Count - at)));
                    break;
                default:
                    damaged.Insert(at, (byte)"\"\\{}[]:,u0"[random.Next(10)]);
                    break;
            }
        }

        return [.. damaged];
    }

    private static void ShouldBeWellFormed(EventRow row)
    {
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        strict.GetString(row.EventType.Span).ShouldNotBeNullOrWhiteSpace();
        strict.GetString(row.Source.Span).ShouldNotBeEmpty();
        using var data = JsonDocument.Parse(row.Data);
        using var metadata = JsonDocument.Parse(row.Metadata);
        strict.GetString(row.Data.Span).ShouldNotBeEmpty();
        metadata.RootElement.GetProperty("checksum").GetString().ShouldBe($"crc32c:{EventChecksum.Crc32C(row.Data.Span):x8}");
        data.RootElement.ValueKind.ShouldBe(JsonValueKind.Object);
    }
}
