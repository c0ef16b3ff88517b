namespace Holdfast.Sources;

/// <summary>Lines and columns of the files under /proc.</summary>
internal static class ProcText
{
    private static readonly char[] Blanks = [' ', '\t'];

    /// <summary>Columns are separated by any number of blanks.</summary>
    public static string[] Columns(ReadOnlySpan<char> line) => line.ToString().Split(Blanks, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A counter of the kernel; false when there is none in that column.</summary>
    public static bool TryCounter(string[] columns, int index, out double value)
    {
        ulong counter = 0;
        var valid = index < columns.Length && ulong.TryParse(columns[index], out counter);
        value = counter;
        return valid;
    }
}
