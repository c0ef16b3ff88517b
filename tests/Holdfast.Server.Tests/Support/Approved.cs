using System.Runtime.CompilerServices;

namespace Holdfast.Server.Tests.Support;

/// <summary>
/// Whole outputs, approved as text files beside the tests. What differs is written next to the approved file as <c>*.received.txt</c>: if it
/// is right, it takes the approved file's place.
/// </summary>
internal static class Approved
{
    public static void ShouldBeApproved(this string text, string name)
    {
        var approved = Path.Combine(Folder(), $"{name}.approved.txt");
        var received = Path.Combine(Folder(), $"{name}.received.txt");
        var now = text.ReplaceLineEndings("\n").TrimEnd() + "\n";
        var expected = File.Exists(approved) ? File.ReadAllText(approved) : "";
        if (now == expected)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, now);
        Assert.Fail($"{received} differs from {approved}, first in {FirstDifference(expected, now)}");
    }

    private static string FirstDifference(string expected, string now)
    {
        var (before, after) = (expected.Split('\n'), now.Split('\n'));
        var line = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"line {line + 1}:\n- {before.ElementAtOrDefault(line)}\n+ {after.ElementAtOrDefault(line)}";
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../Approved"));
}
