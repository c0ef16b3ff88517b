using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Events;

namespace Holdfast.Tests.Events;

public sealed class EventPatternTests
{
    // Few letters, so that pieces occur often and overlap.
    private static readonly Gen<string> Types = Gen.Elements('a', 'b', '.').ArrayOf().Select(letters => new string(letters));

    private static readonly Gen<string> Patterns = Gen.Elements('a', 'b', '.', '*').NonEmptyListOf().Select(letters => new string([.. letters]));

    [Theory]
    [InlineData("*.failed", "sql.query.failed", true)]
    [InlineData("*.failed", "sql.query.failed.again", false)]
    [InlineData("*.failed", "failed", false)]
    [InlineData("sql.*", "sql.", true)]
    [InlineData("sql.*.failed", "sql.failed", false)]
    [InlineData("sql.*.failed", "sql.batch.item.failed", true)]
    [InlineData("*", "", true)]
    [InlineData("a*a", "a", false)]
    [InlineData("sql.ready", "sql.ready", true)]
    [InlineData("sql.ready", "sql_ready", false)]
    public void A_star_stands_for_any_run_of_characters_and_everything_else_for_itself(string pattern, string type, bool matches) =>
        new EventPattern(pattern).Matches(type).ShouldBe(matches);

    [Fact]
    public void A_pattern_matches_what_the_same_regular_expression_matches() =>
        Prop.ForAll(Patterns.ToArbitrary(), Types.ToArbitrary(), (pattern, type) => new EventPattern(pattern).Matches(type) == SameAsRegex(pattern, type))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void A_pattern_made_from_a_type_by_putting_stars_matches_it() =>
        Prop.ForAll(Types.ToArbitrary(), Gen.Choose(0, 10_000).Two().ToArbitrary(), (type, cuts) =>
        {
            var (from, to) = (Math.Min(cuts.Item1, cuts.Item2) % (type.Length + 1), Math.Max(cuts.Item1, cuts.Item2) % (type.Length + 1));
            var pattern = string.Concat(type.AsSpan(0, Math.Min(from, to)), "*", type.AsSpan(Math.Max(from, to)));

            return new EventPattern(pattern).Matches(type);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_hostile_pattern_takes_no_longer_than_the_type_is_long()
    {
        var pattern = new EventPattern(string.Concat(Enumerable.Repeat("a*", 120)) + "b");

        // With backtracking this would outlive the machine.
        pattern.Matches(new string('a', 100_000)).ShouldBeFalse();
    }

    private static bool SameAsRegex(string pattern, string type) =>
        Regex.IsMatch(type, $@"\A{Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal)}\z", RegexOptions.Singleline | RegexOptions.CultureInvariant);
}
