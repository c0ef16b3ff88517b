using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Store;
using Microsoft.Data.Sqlite;

namespace Holdfast.Storage.Tests;

public sealed class SqliteResultCodesTests
{
    [Theory]
    [InlineData(5, "busy")] // SQLITE_BUSY
    [InlineData(517, "busy")] // SQLITE_BUSY_SNAPSHOT
    [InlineData(6, "busy")] // SQLITE_LOCKED
    [InlineData(15, "busy")] // SQLITE_PROTOCOL
    [InlineData(13, "full")] // SQLITE_FULL
    [InlineData(10, "io")] // SQLITE_IOERR
    [InlineData(1034, "io")] // SQLITE_IOERR_FSYNC
    [InlineData(8, "io")] // SQLITE_READONLY
    [InlineData(11, "corrupt")] // SQLITE_CORRUPT
    [InlineData(26, "corrupt")] // SQLITE_NOTADB
    [InlineData(14, "connection")] // SQLITE_CANTOPEN
    [InlineData(3, "connection")] // SQLITE_PERM
    [InlineData(23, "connection")] // SQLITE_AUTH
    [InlineData(7, "other")] // SQLITE_NOMEM
    [InlineData(1, "other")] // SQLITE_ERROR
    [InlineData(21, "other")] // SQLITE_MISUSE
    public void A_code_belongs_to_a_class_of_faults(int code, string expected)
    {
        SqliteResultCodes.ClassOf(code).ShouldBe(expected);
        SqliteResultCodes.RefusesRow(code).ShouldBeFalse();
    }

    [Theory]
    [InlineData(19, "SQLITE_CONSTRAINT")]
    [InlineData(275, "SQLITE_CONSTRAINT_CHECK")]
    [InlineData(1299, "SQLITE_CONSTRAINT_NOTNULL")]
    [InlineData(1555, "SQLITE_CONSTRAINT_PRIMARYKEY")]
    [InlineData(2067, "SQLITE_CONSTRAINT_UNIQUE")]
    [InlineData(3091, "SQLITE_CONSTRAINT_DATATYPE")]
    [InlineData(18, "SQLITE_TOOBIG")]
    [InlineData(20, "SQLITE_MISMATCH")]
    public void Some_codes_say_that_the_row_is_at_fault(int code, string name)
    {
        SqliteResultCodes.RefusesRow(code).ShouldBeTrue();
        SqliteResultCodes.NameOf(code).ShouldBe(name);
    }

    [Fact]
    public void A_code_without_a_name_of_its_own_goes_by_its_family_or_its_number()
    {
        SqliteResultCodes.NameOf(1034).ShouldBe("SQLITE_IOERR");
        SqliteResultCodes.NameOf(999_999).ShouldBe("SQLITE_999999");
    }

    [Theory]
    [InlineData(11, "restore the file from a backup")]
    [InlineData(13, "Make room")]
    [InlineData(14, "directory exists")]
    public void A_fault_says_which_file_and_what_to_do(int code, string advice)
    {
        var fault = SqliteResultCodes.Unavailable(new SqliteException("the engine's words", code, code), "/data/holdfast.db");

        fault.Message.ShouldContain("/data/holdfast.db");
        fault.Message.ShouldContain(advice);
        fault.Message.ShouldContain("the engine's words");
    }

    [Theory]
    [InlineData("CHECK constraint failed: source_length", "source_length", null)]
    [InlineData("NOT NULL constraint failed: samples.value", null, "value")]
    [InlineData("string or blob too big", null, null)]
    public void A_refusal_names_the_constraint_or_the_column(string message, string? constraint, string? column)
    {
        var refusal = SqliteRefusal.From(275, message);

        (refusal.ConstraintName, refusal.ColumnName, refusal.Reason).ShouldBe((constraint, column, message));
    }
}
