using System.Text;
using Holdfast.Spool;

namespace Holdfast.Tests.Spool;

public class Crc32CTests
{
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404u)]
    public void It_is_the_checksum_of_RFC_3720(string text, uint checksum) =>
        Crc32C.Of(Encoding.ASCII.GetBytes(text)).ShouldBe(checksum);

    [Fact]
    public void Parts_appended_give_the_checksum_of_the_whole()
    {
        byte[] whole = [1, 2, 3, 42, 0, 0, 0, 0, 0, 0, 0, 9, 9];

        var crc = Crc32C.Append(Crc32C.Of(whole.AsSpan(0, 3)), 42L);
        crc = Crc32C.Append(crc, whole.AsSpan(11));

        crc.ShouldBe(Crc32C.Of(whole));
    }
}
