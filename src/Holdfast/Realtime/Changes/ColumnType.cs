namespace Holdfast.Realtime.Changes;

/// <summary>Types of columns, as PostgreSQL has them.</summary>
internal enum ColumnType
{
    Uuid,
    Text,
    Varchar,
    Json,
    Bool,
    Int4,
    Int8,
    Float8,
    Instant,
    Date,
}

/// <summary>What is known of a type.</summary>
internal static class ColumnTypes
{
    /// <summary>The name that clients are told, and by which they make numbers and objects of texts.</summary>
    public static string NameOf(ColumnType type) => type switch
    {
        ColumnType.Uuid => "uuid",
        ColumnType.Text => "text",
        ColumnType.Varchar => "varchar",
        ColumnType.Json => "jsonb",
        ColumnType.Bool => "bool",
        ColumnType.Int4 => "int4",
        ColumnType.Int8 => "int8",
        ColumnType.Float8 => "float8",
        ColumnType.Instant => "timestamptz",
        ColumnType.Date => "date",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type."),
    };

    public static bool IsText(ColumnType type) => type is ColumnType.Text or ColumnType.Varchar;

    /// <summary>Whether equal values have one form, so that they can be found by it.</summary>
    public static bool HasOneForm(ColumnType type) => type is not (ColumnType.Json or ColumnType.Float8);
}
