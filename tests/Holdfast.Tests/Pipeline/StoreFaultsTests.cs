using System.Data.Common;
using System.Net.Sockets;
using Holdfast.Pipeline;
using Holdfast.Resilience;
using Holdfast.Spool;
using Polly.Timeout;

namespace Holdfast.Tests.Pipeline;

public class StoreFaultsTests
{
    [Theory]
    [InlineData("08006", ErrorClass.Connectivity)]
    [InlineData("53300", ErrorClass.Connectivity)]
    [InlineData("28P01", ErrorClass.Connectivity)]
    [InlineData("57P03", ErrorClass.Connectivity)]
    [InlineData("40P01", ErrorClass.Connectivity)]
    [InlineData("42883", ErrorClass.Capability)]
    [InlineData("42P01", ErrorClass.Capability)]
    [InlineData("42501", ErrorClass.Capability)]
    [InlineData("22P05", ErrorClass.Data)]
    [InlineData("23505", ErrorClass.Data)]
    [InlineData("XX000", ErrorClass.Unknown)]
    public void What_the_database_says_decides_whatever_class_the_store_gave_it(string sqlState, ErrorClass expected)
    {
        var fault = new StoreUnavailableException("other", "It failed.", new Refusal(sqlState));

        StoreFaults.Classify(fault).ShouldBe(expected);
    }

    [Fact]
    public void What_the_spool_has_against_a_write_is_not_the_databases_fault()
    {
        StoreFaults.Classify(new SpoolFullException("Full.", TimeSpan.Zero)).IsTransient().ShouldBeFalse();
        StoreFaults.Classify(new StoreUnavailableException(StoreUnavailableException.Moved, "It is gone.", null)).IsTransient().ShouldBeFalse();
    }

    [Fact]
    public void A_timeout_counts_for_a_write_and_not_for_a_question()
    {
        var timeout = new TimeoutRejectedException();

        (StoreFaults.Classify(timeout).IsTransient(), StoreFaults.ClassifyRead(timeout).IsTransient()).ShouldBe((true, false));
    }

    [Fact]
    public void The_reason_names_no_host_no_path_and_no_user()
    {
        var refused = new StoreUnavailableException(
            "connection", "Nothing answers at db.internal:5432 for app.", new IOException("x", new SocketException((int)SocketError.ConnectionRefused)));
        var login = new StoreUnavailableException("connection", "The password of app is wrong.", new Refusal("28P01"));

        (refused.Reason, login.Reason).ShouldBe(("connection refused", "login refused"));
    }

    private sealed class Refusal(string sqlState) : DbException("It was refused.")
    {
        public override string SqlState => sqlState;
    }
}
