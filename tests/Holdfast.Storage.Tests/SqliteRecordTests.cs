using Holdfast.Sqlite.Native;

namespace Holdfast.Storage.Tests;

/// <summary>The file format of SQLite as we read it without SQLite, and bytes that only look like it.</summary>
public sealed class SqliteRecordTests
{
    [Fact]
    public void Numbers_of_every_width_and_the_blob_at_the_end_are_read()
    {
        byte[] record = [9, 0, 8, 9, 1, 2, 3, 4, 16, 0xFF, 0x01, 0x00, 0xFF, 0xFF, 0xFE, 0x7F, 0xFF, 0xFF, 0xFF, 0xAA, 0xBB];
        var numbers = new long[7];

        SqliteRecord.TryRead(record, numbers, out var blob).ShouldBeTrue();

        numbers.ShouldBe([0, 0, 1, -1, 256, -2, int.MaxValue]);
        blob.ToArray().ShouldBe([0xAA, 0xBB]);
    }

    [Fact]
    public void A_record_of_another_form_is_none()
    {
        byte[] record = [3, 1, 14, 7, 0xAA];
        SqliteRecord.TryRead(record, new long[1], out _).ShouldBeTrue();

        SqliteRecord.TryRead(record, new long[2], out _).ShouldBeFalse("fewer columns");
        SqliteRecord.TryRead([3, 1, 16, 7, 0xAA], new long[1], out _).ShouldBeFalse("a blob longer than what is there");
        SqliteRecord.TryRead([3, 1, 15, 7, 0xAA], new long[1], out _).ShouldBeFalse("a text");
        SqliteRecord.TryRead([200, 1, 14, 7, 0xAA], new long[1], out _).ShouldBeFalse("a head longer than the record");
        SqliteRecord.TryRead([], new long[1], out _).ShouldBeFalse("nothing");
    }

    [Fact]
    public void Noise_is_never_an_error()
    {
        var random = new Random(11);
        var noise = new byte[64];
        for (var i = 0; i < 100_000; i++)
        {
            random.NextBytes(noise);
            SqliteRecord.TryRead(noise.AsSpan(0, random.Next(noise.Length)), new long[8], out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void The_ninth_byte_of_an_integer_counts_whole()
    {
        var varints = new SqliteVarints([0x81, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x05, 0x80]);

        varints.TryRead(out var small).ShouldBeTrue();
        varints.TryRead(out var all).ShouldBeTrue();
        varints.TryRead(out var five).ShouldBeTrue();

        (small, all, five).ShouldBe((128, -1, 5));
        varints.TryRead(out _).ShouldBeFalse("it goes on beyond the end");
    }
}
