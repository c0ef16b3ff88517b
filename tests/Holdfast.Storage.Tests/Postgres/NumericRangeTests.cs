using System.Text;
using Holdfast.Postgres.Store;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>Compared with the database itself: a number that it takes must never be refused here.</summary>
public class NumericRangeTests(PostgresServers servers) : PostgresFixture(servers)
{
    public static TheoryData<string> Numbers =>
    [
        "0", "-0", "1.5e3", "1e131071", "1e131072", "-9.99e131071", "99e131071", "0.1e131072", "0.01e131074", "1e400000", "0e131072", "0e400000",
        "1e-16383", "1e-16384", "15e-16383", "1.5e-16383", "1.5e-16382", "0e-16383", "0e-16384", "0.000e-16380", "0.000e-16381", "1e-400000", "100e-16385",
        "1E+131071", "1e99999999999999999999", "1e-99999999999999999999", new string('9', 131_072), new string('9', 131_073),
        "0." + new string('1', 16_383), "0." + new string('1', 16_384),
    ];

    [Theory]
    [MemberData(nameof(Numbers), DisableDiscoveryEnumeration = true)]
    public void What_the_database_takes_and_only_that_is_within_the_range(string number)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"a":[{{number}}]}""");

        var exceeds = NumericRange.MayExceed(json) && NumericRange.Exceeds(json);

        exceeds.ShouldBe(!DatabaseTakes(json));
    }

    private bool DatabaseTakes(byte[] json)
    {
        using var connection = Database.Open();
        using var command = new NpgsqlCommand("SELECT $1", connection) { Parameters = { new NpgsqlParameter { Value = json, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Jsonb } } };
        try
        {
            command.ExecuteScalar();
            return true;
        }
        catch (PostgresException)
        {
            return false;
        }
    }
}
