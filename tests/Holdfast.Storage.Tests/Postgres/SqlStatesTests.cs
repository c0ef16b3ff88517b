using Holdfast.Resilience;
using Holdfast.Tests.Support;
using Npgsql;
using PostgresStates = Holdfast.Postgres.Database.SqlStates;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>A write and the circuit breaker must mean the same by a code: what closes an approach or condemns a row may not open the breaker.</summary>
public class SqlStatesTests
{
    [Fact]
    public void A_write_takes_every_documented_code_for_what_the_breaker_takes_it_for()
    {
        var codes = File.ReadLines(Repository.Path("tests", "Holdfast.Tests", "Resilience", "sqlstates.txt"))
            .Where(line => line.Length > 0 && line[0] != '#').Select(line => line[..5]).ToList();

        var wrong = codes.Where(code =>
            (PostgresStates.IsCapability(code), PostgresStates.RefusesRow(Answer(code)))
            != (ErrorClassifier.ClassifySqlState(code) == ErrorClass.Capability, ErrorClassifier.ClassifySqlState(code) == ErrorClass.Data));

        codes.Count.ShouldBeGreaterThan(250);
        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("3F000")]
    [InlineData("22P03")]
    [InlineData("22P04")]
    [InlineData("55000")]
    [InlineData("42601")]
    [InlineData("42846")]
    public void What_no_row_can_cause_closes_the_approach_and_condemns_no_row(string code) =>
        (PostgresStates.IsCapability(code), PostgresStates.RefusesRow(Answer(code)), PostgresStates.IsIntrinsic(code))
            .ShouldBe((true, false, false));

    [Theory]
    [InlineData("ExecFindPartition", true)]
    [InlineData("exec_stmt_raise", false)]
    [InlineData("ExecConstraints", false)]
    public void A_violated_check_is_a_missing_partition_or_a_bad_row(string routine, bool missing)
    {
        var answer = Answer("23514", routine);

        (PostgresStates.IsMissingPartition(answer), PostgresStates.RefusesRow(answer)).ShouldBe((missing, !missing));
    }

    private static PostgresException Answer(string code, string? routine = null) =>
        new("no", "ERROR", "ERROR", code, routine: routine);
}
