using Holdfast.Pipeline;

namespace Holdfast.Postgres.Store;

/// <summary>
/// So many rows of a batch are refused by rules of the schema that it is the schema that must have changed: five thousand dead letters
/// would help nobody. Faults that lie in a row itself do not count, or one sender's nonsense could stop everyone's data.
/// </summary>
internal sealed class SuspectSchemaException(string name, int suspects, int rows, Refusal last)
    : Exception($"{suspects} of {rows} {name} were refused before the writing was given up, the last because of: {last.Reason} ({last.Code}). The schema of the database has probably been changed.")
{
    private const int RowsMax = 64;
    private const double ShareMax = 0.05;

    // Of a small batch 5 % is less than a row; isolating this many costs less than a person's attention.
    private const int RowsMin = 10;

    public Refusal Last { get; } = last;

    public static bool IsDue(int suspects, int rows) => suspects > RowsMax || (suspects > RowsMin && suspects > rows * ShareMax);
}
