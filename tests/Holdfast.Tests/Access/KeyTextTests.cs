using Holdfast.Access;

namespace Holdfast.Tests.Access;

public sealed class KeyTextTests
{
    [Fact]
    public void A_key_is_read_as_it_was_made()
    {
        var (id, text, hash) = KeyText.Make();

        var read = KeyText.Read(text).ShouldNotBeNull();

        read.Id.ShouldBe(id);
        read.Hash.ShouldBe(hash);
        text.ShouldStartWith("hf_");
    }

    [Fact]
    public void No_two_are_alike_and_the_hash_does_not_tell_the_secret()
    {
        var made = Enumerable.Range(0, 100).Select(_ => KeyText.Make()).ToList();

        made.Select(key => key.Id).ShouldBeUnique();
        made.Select(key => key.Text).ShouldBeUnique();
        made.ShouldAllBe(key => !key.Text.Contains(Convert.ToHexStringLower(key.Hash)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hf_")]
    [InlineData("hf_0123456789abcdef_")]
    [InlineData("hf_0123456789abcdef_zz23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("hx_0123456789abcdef_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("hf_0123456789abcdef-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("hf_0123456789abcdef_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0")]
    [InlineData("hf_0123456789abcdef_0123456789Abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void Anything_else_is_no_key(string text) => KeyText.Read(text).ShouldBeNull();
}
