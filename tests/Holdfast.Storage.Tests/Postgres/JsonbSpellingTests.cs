using System.Text;
using Holdfast.Postgres.Store;

namespace Holdfast.Storage.Tests.Postgres;

public sealed class JsonbSpellingTests
{
    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{"a":1,"b":-1.50,"c":0.0,"d":12345678901234567890}""", true)]
    [InlineData("""{"id":"7e4f-00e1","t":"-0","e":"1e5"}""", true)]
    [InlineData("""{"a":1e5}""", false)]
    [InlineData("""{"a":1.5E-9}""", false)]
    [InlineData("""{"a":[[-0]]}""", false)]
    [InlineData("""{"a":-0.00}""", false)]
    [InlineData("""{"a":-0.001}""", true)]
    [InlineData("{oops 1e", true)]
    public void A_number_in_a_spelling_that_JSONB_does_not_keep_is_noticed_and_a_text_is_not_taken_for_one(string json, bool kept) =>
        JsonbSpelling.Keeps(Encoding.UTF8.GetBytes(json)).ShouldBe(kept);
}
