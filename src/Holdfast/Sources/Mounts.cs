namespace Holdfast.Sources;

/// <summary>A mounted file system.</summary>
internal sealed record Mount(string Device, string Point, string Type);

/// <summary>
/// /proc/self/mounts: the root and file systems on local disks. Others are left out: asking a network file system that is away hangs for
/// ever, and those of the kernel have no size.
/// </summary>
internal static class Mounts
{
    private static readonly string[] LocalTypes = ["ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "bcachefs", "vfat", "exfat", "ntfs3"];

    /// <summary>At most <paramref name="mountsMax"/>; a device that is mounted more than once is listed where it was mounted first.</summary>
    public static IReadOnlyList<Mount> Parse(ReadOnlySpan<char> mounts, int mountsMax)
    {
        var found = new List<Mount>();
        foreach (var line in mounts.EnumerateLines())
        {
            if (found.Count < mountsMax && ParseLine(line) is { } mount
                && !found.Exists(other => other.Device == mount.Device || other.Point == mount.Point))
            {
                found.Add(mount);
            }
        }

        return found;
    }

    private static Mount? ParseLine(ReadOnlySpan<char> line)
    {
        var columns = ProcText.Columns(line);
        return columns.Length >= 3 && (columns[1] == "/" || LocalTypes.Contains(columns[2]))
            ? new Mount(columns[0], Unescape(columns[1]), columns[2])
            : null;
    }

    /// <summary>The kernel writes blanks and backslashes in paths as three octal digits: <c>\040</c>.</summary>
    private static string Unescape(string path)
    {
        var parts = path.Split('\\');
        for (var i = 1; i < parts.Length; i++)
        {
            parts[i] = parts[i].Length >= 3 && TryOctal(parts[i].AsSpan(0, 3), out var letter) ? letter + parts[i][3..] : '\\' + parts[i];
        }

        return string.Concat(parts);
    }

    private static bool TryOctal(ReadOnlySpan<char> digits, out char letter)
    {
        var valid = !digits.ContainsAnyExceptInRange('0', '7');
        letter = valid ? (char)(((digits[0] - '0') * 64) + ((digits[1] - '0') * 8) + (digits[2] - '0')) : default;
        return valid;
    }
}
