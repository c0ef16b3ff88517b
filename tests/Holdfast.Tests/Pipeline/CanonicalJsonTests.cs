using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Pipeline;

namespace Holdfast.Tests.Pipeline;

public class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{ "b" : 1 , "a" : [ 1 , 2 ] }""", """{"a":[1,2],"b":1}""")]
    [InlineData("""{"a":{"d":1,"c":{"f":1,"e":2}},"b":2}""", """{"a":{"c":{"e":2,"f":1},"d":1},"b":2}""")]
    [InlineData("""{"b":[{"z":1,"a":2},{}],"a":[]}""", """{"a":[],"b":[{"a":2,"z":1},{}]}""")]
    [InlineData("{}", "{}")]
    [InlineData("""{"":1,"a":null,"b":true,"c":false}""", """{"":1,"a":null,"b":true,"c":false}""")]
    public void Members_are_sorted_at_every_level_and_blanks_go(string json, string canonical) => Canonical(json).ShouldBe(canonical);

    [Fact]
    public void Keys_are_ordered_by_their_utf8_bytes_and_so_by_code_points()
    {
        // In UTF-16 the two halves of U+1F600 would sort before U+FFFD.
        Canonical("""{"😀":1,"\uFFFD":2,"ä":3,"z":4,"Z":5,"a":6,"aa":7}""").ShouldBe("""{"Z":5,"a":6,"aa":7,"z":4,"ä":3,"�":2,"😀":1}""");
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""", """{"a":2}""")]
    [InlineData("""{"b":1,"a":1,"b":{"c":1},"a":3}""", """{"a":3,"b":{"c":1}}""")]
    [InlineData("""{"\u0061":1,"a":2}""", """{"a":2}""")]
    public void Of_members_with_the_same_key_the_last_wins(string json, string canonical) => Canonical(json).ShouldBe(canonical);

    [Theory]
    [InlineData("1.0")]
    [InlineData("1")]
    [InlineData("1e400")]
    [InlineData("-0")]
    [InlineData("123456789012345678901234567890.000")]
    public void Numbers_keep_their_spelling(string number) => Canonical($$"""{"a":{{number}}}""").ShouldBe($$"""{"a":{{number}}}""");

    [Theory]
    [InlineData("""["\u0041\/\u00e4"]""", """["A/ä"]""")]
    [InlineData("""["\ud83d\ude00"]""", """["😀"]""")]
    [InlineData("""["\u000a\u000A\n\u0008\f\r\t"]""", """["\n\n\n\b\f\r\t"]""")]
    [InlineData("""["\u001F\u007f"]""", "[\"\\u001f\u007f\"]")]
    [InlineData("""["\u0022\u005C"]""", """["\"\\"]""")]
    [InlineData("""["a\u0000b"]""", """["a\u0000b"]""")]
    public void Every_spelling_of_a_text_becomes_the_same_one(string json, string canonical) => Canonical(json).ShouldBe(canonical);

    [Theory]
    [InlineData("""["\ud800"]""")]
    [InlineData("""["\udc00"]""")]
    [InlineData("""["\ud800\u0041"]""")]
    [InlineData("""["\ud800\n"]""")]
    [InlineData("""["\udc00\ud800"]""")]
    [InlineData("""[{"\ud83d":1}]""")]
    public void Half_of_a_surrogate_pair_has_no_canonical_form(string json) => Try(json, 32, out _).ShouldBe(JsonFault.BadText);

    [Theory]
    [InlineData(3, JsonFault.None)]
    [InlineData(2, JsonFault.TooDeep)]
    internal void Depth_counts_objects_and_arrays_alike(int depthMax, JsonFault expected) =>
        Try("""{"a":[{"b":1}]}""", depthMax, out _).ShouldBe(expected);

    [Fact]
    public void After_a_fault_the_reader_stands_at_the_end_of_the_value_and_nothing_is_written()
    {
        using var output = new PooledBuffer(16);
        using var canonical = new CanonicalJson(output);
        var reader = new Utf8JsonReader("""[{"a":{"b":{"c":[1,2,{"d":1}]}},"e":1},{"f":1}]"""u8);
        reader.Read();
        reader.Read();

        var first = canonical.Append(ref reader, depthMax: 2);
        reader.Read();
        var second = canonical.Append(ref reader, depthMax: 2);

        first.ShouldBe(JsonFault.TooDeep);
        second.ShouldBe(JsonFault.None);
        Encoding.UTF8.GetString(output.Slice(0, output.Length)).ShouldBe("""{"f":1}""");
    }

    [Fact]
    public void Objects_with_many_members_are_sorted_like_small_ones()
    {
        var keys = Enumerable.Range(0, 5_000).Select(i => (i * 7_919 % 5_000).ToString("D5", CultureInfo.InvariantCulture)).ToList();
        var json = "{" + string.Join(',', keys.Select(key => $"\"{key}\":\"{key}\"")) + "}";

        var canonical = Canonical(json);

        canonical.ShouldBe("{" + string.Join(',', keys.Order(StringComparer.Ordinal).Select(key => $"\"{key}\":\"{key}\"")) + "}");
    }

    [Fact]
    public void Canonical_json_is_its_own_canonical_form() =>
        Prop.ForAll(Values(), value => Canonical(Canonical(value.ToJsonString())) == Canonical(value.ToJsonString())).QuickCheckThrowOnFailure();

    [Fact]
    public void Canonical_json_means_the_same() =>
        Prop.ForAll(Values(), value => JsonNode.DeepEquals(JsonNode.Parse(Canonical(value.ToJsonString())), value)).QuickCheckThrowOnFailure();

    [Fact]
    public void The_order_of_members_does_not_matter() =>
        Prop.ForAll(Values(), value => Canonical(Reversed(value).ToJsonString()) == Canonical(value.ToJsonString())).QuickCheckThrowOnFailure();

    private static string Canonical(string json)
    {
        Try(json, 100, out var canonical).ShouldBe(JsonFault.None);
        return canonical;
    }

    private static JsonFault Try(string json, int depthMax, out string canonical)
    {
        // A tiny buffer, so that growing is part of every test.
        using var output = new PooledBuffer(1);
        using var writer = new CanonicalJson(output);
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), new JsonReaderOptions { MaxDepth = 200 });
        reader.Read();
        var fault = writer.Append(ref reader, depthMax);
        canonical = Encoding.UTF8.GetString(output.Slice(0, output.Length));
        return fault;
    }

    private static JsonNode Reversed(JsonNode node) => node switch
    {
        JsonObject members => new JsonObject(members.Reverse().Select(m => KeyValuePair.Create(m.Key, m.Value is null ? null : Reversed(m.Value)))),
        JsonArray items => new JsonArray([.. items.Select(item => item is null ? null : Reversed(item))]),
        _ => node.DeepClone(),
    };

    private static Arbitrary<JsonNode> Values() => Node(4).ToArbitrary();

    private static Gen<JsonNode> Node(int depth)
    {
        var text = Gen.Elements("", "a", "b", "ä", "\n", "\"", "\\", "😀", "a\u0000", "zz").ListOf().Select(string.Concat);
        var scalar = Gen.OneOf(
            text.Select(value => (JsonNode)value),
            Gen.Choose(-1_000, 1_000).Select(value => (JsonNode)value),
            Gen.Elements(true, false).Select(value => (JsonNode)value));
        if (depth == 0)
        {
            return scalar;
        }

        var array = Node(depth - 1).ListOf().Select(items => (JsonNode)new JsonArray([.. items.Take(4).Select(item => item.DeepClone())]));
        var member = text.SelectMany(key => Node(depth - 1).Select(value => KeyValuePair.Create<string, JsonNode?>(key, value.DeepClone())));
        var members = member.ListOf().Select(found => (JsonNode)new JsonObject(found.DistinctBy(m => m.Key).Take(8)));
        return Gen.OneOf(scalar, array, members);
    }
}
