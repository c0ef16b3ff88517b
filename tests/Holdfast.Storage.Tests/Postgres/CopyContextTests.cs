using Holdfast.Postgres.Database;

namespace Holdfast.Storage.Tests.Postgres;

public sealed class CopyContextTests
{
    [Theory]
    [InlineData("COPY monitoring_events, line 4322", 4322)]
    [InlineData("COPY monitoring_events, line 7, column data", 7)]
    [InlineData("COPY monitoring_events, Zeile 4322, Spalte data", 4322)]
    [InlineData("COPY monitoring_events, ligne 12", 12)]
    [InlineData("COPY monitoring_events, строка 99, столбец data", 99)]
    [InlineData("monitoring_eventsのCOPY、行 5", 5)]
    [InlineData("JSON data, line 1: {oops\nCOPY monitoring_events, line 3, column data", 3)]
    [InlineData("SQL statement \"INSERT INTO monitoring.monitoring_events (id) VALUES (7)\"\nPL/pgSQL function f() line 5 at SQL statement\nCOPY monitoring_events, line 2", 2)]
    public void The_row_is_read_in_every_language_and_behind_other_contexts(string where, int expected) =>
        CopyContext.LineOf(where, "monitoring_events").ShouldBe(expected);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("PL/pgSQL function f() line 5 at SQL statement")]
    [InlineData("SQL statement \"INSERT INTO monitoring.monitoring_events VALUES (7)\"")]
    [InlineData("COPY other_table, line 3")]
    [InlineData("COPY monitoring_events, line 99999999999")]
    public void A_context_that_names_no_row_says_so(string? where) => CopyContext.LineOf(where, "monitoring_events").ShouldBeNull();
}
