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
        var normal = text.ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (File.Exists(approved) && File.ReadAllText(approved) == normal)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, normal);
        normal.ShouldBe(File.Exists(approved) ? File.ReadAllText(approved) : "", $"{received} differs from {approved}.");
    }

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../Approved");
}
