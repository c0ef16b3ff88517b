using Holdfast.BuiltIn.Sql;

namespace Holdfast.Tests.BuiltIn;

public class SqlAllowListTests
{
    private static readonly SqlAllowList List = new(["SELECT * FROM orders*", "INSERT INTO audit (id) VALUES ($1)"]);

    [Theory]
    [InlineData("SELECT * FROM orders")]
    [InlineData("select *\n  from Orders where id = $1")]
    [InlineData("SELECT * FROM orders;")]
    [InlineData("  INSERT INTO audit (id) VALUES ($1) ; ")]
    public void What_is_on_the_list_is_allowed_however_it_is_spaced(string sql) => List.Allows(sql).ShouldBeTrue();

    [Theory]
    [InlineData("SELECT * FROM orders; DROP TABLE orders")]
    [InlineData("INSERT INTO audit (id) VALUES ($1), ($2)")]
    [InlineData("DELETE FROM orders")]
    [InlineData("-- SELECT * FROM orders")]
    [InlineData("")]
    public void What_is_not_is_refused(string sql) => List.Allows(sql).ShouldBeFalse();

    [Fact]
    public void An_empty_list_allows_all() => new SqlAllowList([]).Allows("DROP TABLE orders").ShouldBeTrue();
}
