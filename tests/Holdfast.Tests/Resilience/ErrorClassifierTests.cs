using System.Data.Common;
using System.Net.Sockets;
using Holdfast.Resilience;
using Holdfast.Tests.Support;
using Polly.Timeout;

namespace Holdfast.Tests.Resilience;

public class ErrorClassifierTests
{
    [Fact]
    public void Every_documented_SQLSTATE_has_the_class_of_the_approved_table()
    {
        var wrong =
            from line in File.ReadAllLines(Repository.Path("tests", "Holdfast.Tests", "Resilience", "sqlstates.txt"))
            where line.Length > 0 && line[0] != '#'
            let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            let found = ErrorClassifier.ClassifySqlState(words[0])
            where !string.Equals(found.ToString(), words[1], StringComparison.OrdinalIgnoreCase)
            select $"{words[0]}: {found}, approved is {words[1]}";

        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("08006", ErrorClass.Connectivity)]
    [InlineData("53300", ErrorClass.Connectivity)]
    [InlineData("57P01", ErrorClass.Connectivity)]
    [InlineData("40001", ErrorClass.Connectivity)]
    [InlineData("40P01", ErrorClass.Connectivity)]
    [InlineData("55P03", ErrorClass.Connectivity)]
    [InlineData("25006", ErrorClass.Connectivity)]
    [InlineData("28P01", ErrorClass.Connectivity)]
    [InlineData("42883", ErrorClass.Capability)]
    [InlineData("42P01", ErrorClass.Capability)]
    [InlineData("42501", ErrorClass.Capability)]
    [InlineData("42703", ErrorClass.Capability)]
    [InlineData("42804", ErrorClass.Capability)]
    [InlineData("0A000", ErrorClass.Capability)]
    [InlineData("55000", ErrorClass.Capability)]
    [InlineData("22P02", ErrorClass.Data)]
    [InlineData("22001", ErrorClass.Data)]
    [InlineData("23505", ErrorClass.Data)]
    [InlineData("54000", ErrorClass.Data)]
    [InlineData("P0001", ErrorClass.Data)]
    [InlineData("XX000", ErrorClass.Unknown)]
    public void Errors_that_matter_have_the_class_that_decides_who_pays(string sqlState, ErrorClass expected) =>
        ErrorClassifier.ClassifySqlState(sqlState).ShouldBe(expected);

    [Theory]
    [InlineData("ExecFindPartition", ErrorClass.MissingPartition)]
    [InlineData("ExecConstraints", ErrorClass.Data)]
    [InlineData("exec_stmt_raise", ErrorClass.Data)]
    [InlineData(null, ErrorClass.Data)]
    public void A_violated_check_is_a_missing_partition_only_where_partitions_are_looked_for(string? routine, ErrorClass expected) =>
        ErrorClassifier.ClassifySqlState("23514", routine).ShouldBe(expected);

    [Theory]
    [InlineData(true, ErrorClass.Cancelled)]
    [InlineData(false, ErrorClass.Connectivity)]
    public void A_cancelled_query_is_ours_or_a_timeout_of_the_server(bool byUs, ErrorClass expected) =>
        ErrorClassifier.ClassifySqlState("57014", cancelledByUs: byUs).ShouldBe(expected);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("08")]
    [InlineData("ZZ999")]
    [InlineData("08006 and more")]
    public void What_nobody_knows_is_unknown_and_therefore_tried_again(string? sqlState)
    {
        var found = ErrorClassifier.ClassifySqlState(sqlState);

        found.ShouldBe(ErrorClass.Unknown);
        found.IsTransient().ShouldBeTrue();
    }

    [Theory]
    [InlineData(ErrorClass.Unknown, true)]
    [InlineData(ErrorClass.Connectivity, true)]
    [InlineData(ErrorClass.Capability, false)]
    [InlineData(ErrorClass.Data, false)]
    [InlineData(ErrorClass.MissingPartition, false)]
    [InlineData(ErrorClass.Cancelled, false)]
    public void Only_connectivity_and_the_unknown_count_against_the_database(ErrorClass error, bool expected) =>
        error.IsTransient().ShouldBe(expected);

    [Fact]
    public void An_exception_is_sorted_by_what_caused_it()
    {
        Exception[] unreachable = [new SocketException(), new IOException(), new TimeoutException(), new TimeoutRejectedException()];

        unreachable.ShouldAllBe(fault => ErrorClassifier.Classify(new InvalidOperationException("wrapped", fault)) == ErrorClass.Connectivity);
        ErrorClassifier.Classify(new InvalidOperationException()).ShouldBe(ErrorClass.Unknown);
    }

    [Theory]
    [InlineData("22P02", ErrorClass.Data)]
    [InlineData("42P01", ErrorClass.Capability)]
    [InlineData("53300", ErrorClass.Connectivity)]
    [InlineData("XX000", ErrorClass.Unknown)]
    [InlineData(null, ErrorClass.Unknown)]
    public void An_answer_of_any_database_driver_is_sorted_by_its_SQLSTATE(string? sqlState, ErrorClass expected)
    {
        var fault = new DatabaseAnswer(sqlState);

        ErrorClassifier.Classify(fault).ShouldBe(expected);
        ErrorClassifier.Classify(new InvalidOperationException("wrapped", fault)).ShouldBe(expected);
    }

    [Fact]
    public void A_cancellation_is_ours_only_when_our_token_says_so()
    {
        var fault = new OperationCanceledException();

        ErrorClassifier.Classify(fault, new CancellationToken(canceled: true)).ShouldBe(ErrorClass.Cancelled);
        ErrorClassifier.Classify(fault, CancellationToken.None).ShouldBe(ErrorClass.Unknown);
    }

    private sealed class DatabaseAnswer(string? sqlState) : DbException("no")
    {
        public override string? SqlState => sqlState;
    }
}
