using Holdfast.Storage;

namespace Holdfast.Tests.Storage;

public sealed class MigrationPlanTests
{
    private static readonly Migration First = new(1, "first", "CREATE TABLE a (x)");
    private static readonly Migration Second = new(2, "second", "CREATE TABLE b (x)");

    [Fact]
    public void A_new_database_lacks_everything_and_a_current_one_nothing()
    {
        MigrationPlan.Missing([First, Second], []).ShouldBe([First, Second]);
        MigrationPlan.Missing([First, Second], [Applied(First), Applied(Second)]).ShouldBeEmpty();
    }

    [Fact]
    public void An_older_database_lacks_what_came_later() => MigrationPlan.Missing([First, Second], [Applied(First)]).ShouldBe([Second]);

    [Fact]
    public void A_newer_database_is_refused() =>
        Should.Throw<MigrationException>(() => MigrationPlan.Missing([First], [Applied(First), Applied(Second)])).Message.ShouldContain("newer version");

    [Fact]
    public void An_edited_migration_is_refused() =>
        Should.Throw<MigrationException>(() => MigrationPlan.Missing([First with { Sql = "CREATE TABLE a (y)" }], [Applied(First)])).Message.ShouldContain("edited");

    [Fact]
    public void Numbers_with_a_hole_are_refused_on_either_side()
    {
        Should.Throw<MigrationException>(() => MigrationPlan.Missing([Second], []));
        Should.Throw<MigrationException>(() => MigrationPlan.Missing([First, First], []));
        Should.Throw<MigrationException>(() => MigrationPlan.Missing([First, Second], [Applied(Second)]));
    }

    [Fact]
    public void The_checksum_does_not_depend_on_line_ends() =>
        new Migration(1, "a", "x\r\ny").Checksum.ShouldBe(new Migration(1, "a", "x\ny").Checksum);

    private static AppliedMigration Applied(Migration migration) => new(migration.Number, migration.Name, migration.Checksum);
}
