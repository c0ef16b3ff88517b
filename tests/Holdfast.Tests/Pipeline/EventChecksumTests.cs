using System.Security.Cryptography;
using System.Text;
using Holdfast.Pipeline;

namespace Holdfast.Tests.Pipeline;

public class EventChecksumTests
{
    private const string Data = """{"a":1}""";

    public static TheoryData<byte[], uint> Rfc3720Vectors => new()
    {
        { new byte[32], 0x8A9136AA },
        { Enumerable.Repeat((byte)0xFF, 32).ToArray(), 0x62A8AB43 },
        { Enumerable.Range(0, 32).Select(i => (byte)i).ToArray(), 0x46DD794E },
        { Enumerable.Range(0, 32).Select(i => (byte)(31 - i)).ToArray(), 0x113FDB5C },
        { Encoding.ASCII.GetBytes("123456789"), 0xE3069283 },
        { [], 0 },
    };

    [Theory]
    [MemberData(nameof(Rfc3720Vectors))]
    public void Crc32c_gives_the_published_values(byte[] bytes, uint expected) => EventChecksum.Crc32C(bytes).ShouldBe(expected);

    [Theory]
    [InlineData(EventCategory.System, "secret", "crc32c:cff7d56a")]
    [InlineData(EventCategory.Critical, null, "crc32c:cff7d56a")]
    [InlineData(EventCategory.Critical, "", "crc32c:cff7d56a")]
    public void Events_get_a_crc32c_unless_they_are_critical_and_there_is_a_secret(EventCategory category, string? secret, string expected) =>
        Write(new EventChecksum(secret), category).ShouldBe(expected);

    [Fact]
    public void Critical_events_get_an_hmac_when_there_is_a_secret()
    {
        var expected = HMACSHA256.HashData("secret"u8.ToArray(), Encoding.UTF8.GetBytes(Data));

        Write(new EventChecksum("secret"), EventCategory.Critical).ShouldBe("hmac-sha256:" + Convert.ToHexStringLower(expected));
    }

    [Theory]
    [InlineData(EventCategory.System)]
    [InlineData(EventCategory.Critical)]
    public void What_it_writes_it_accepts(EventCategory category)
    {
        var checksum = new EventChecksum("secret");

        Verify(checksum, $$"""{"checksum":"{{Write(checksum, category)}}"}""").ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"checksum":"crc32c:00000000"}""")]
    [InlineData("""{"checksum":"crc32c:CFF7D56A"}""")]
    [InlineData("""{"checksum":"crc32c:"}""")]
    [InlineData("""{"checksum":"md5:d41d8cd98f00b204e9800998ecf8427e"}""")]
    [InlineData("""{"checksum":""}""")]
    [InlineData("""{"checksum":5}""")]
    [InlineData("""{"checksum":{"crc32c":"cff7d56a"}}""")]
    [InlineData("""{"a":"checksum","checksum":null,"z":1}""")]
    [InlineData("""{"checksum":"hmac-sha256:0000000000000000000000000000000000000000000000000000000000000000"}""")]
    public void Any_other_checksum_is_refused(string metadata) => Verify(new EventChecksum("secret"), metadata).ShouldNotBeNull();

    [Fact]
    public void Without_the_secret_an_hmac_cannot_be_checked_and_is_refused()
    {
        var sent = Write(new EventChecksum("secret"), EventCategory.Critical);

        Verify(new EventChecksum(null), $$"""{"checksum":"{{sent}}"}""").ShouldNotBeNull().ShouldContain("no secret");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"checksums":"crc32c:00000000"}""")]
    [InlineData("""{"a":{"checksum":"crc32c:00000000"}}""")]
    public void Metadata_without_a_checksum_has_nothing_to_check(string metadata) => Verify(new EventChecksum(null), metadata).ShouldBeNull();

    [Theory]
    [InlineData("{}", """{"checksum":"x"}""")]
    [InlineData("""{"a":1}""", """{"a":1,"checksum":"x"}""")]
    [InlineData("""{"z":1}""", """{"checksum":"x","z":1}""")]
    [InlineData("""{"a":1,"z":[2]}""", """{"a":1,"checksum":"x","z":[2]}""")]
    [InlineData("""{"checksum":"y"}""", """{"checksum":"x"}""")]
    [InlineData("""{"a":1,"checksum":{"b":2},"z":3}""", """{"a":1,"checksum":"x","z":3}""")]
    [InlineData("""{"a":1,"checksum":7}""", """{"a":1,"checksum":"x"}""")]
    public void It_takes_its_place_among_the_sorted_members(string metadata, string expected)
    {
        using var output = new PooledBuffer(256);
        var bytes = Encoding.UTF8.GetBytes(metadata);

        var written = ChecksumMember.Find(bytes).Write(bytes, "x"u8, output);

        Encoding.UTF8.GetString(output.Slice(0, written)).ShouldBe(expected);
    }

    private static string Write(EventChecksum checksum, EventCategory category)
    {
        Span<byte> text = stackalloc byte[EventChecksum.LengthMax];
        return Encoding.UTF8.GetString(text[..checksum.Write(Encoding.UTF8.GetBytes(Data), category, text)]);
    }

    private static string? Verify(EventChecksum checksum, string metadata) =>
        checksum.Verify(Encoding.UTF8.GetBytes(metadata), Encoding.UTF8.GetBytes(Data));
}
