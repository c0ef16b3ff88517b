using System.Security.Cryptography;

namespace Holdfast.Faults.Support;

/// <summary>How much is done: the short form in <c>./test</c>, the long one in <c>./test --all</c>.</summary>
internal static class Scale
{
#pragma warning disable RS0030 // Switches of the test scripts, no settings of the product.
    /// <summary>Whether this is the long form.</summary>
    public static readonly bool IsLong = Environment.GetEnvironmentVariable("HOLDFAST_TEST_ALL") == "1";
    private static readonly string? GivenSeed = Environment.GetEnvironmentVariable("HOLDFAST_TEST_SEED");
#pragma warning restore RS0030

    public static int Of(int shortForm, int longForm) => IsLong ? longForm : shortForm;

    /// <summary>Chance for a test: another one each run, told in its output, and to be had again with <c>HOLDFAST_TEST_SEED</c>.</summary>
    public static int Seed()
    {
        var seed = GivenSeed is null ? RandomNumberGenerator.GetInt32(int.MaxValue) : int.Parse(GivenSeed);
        TestContext.Current.TestOutputHelper?.WriteLine($"HOLDFAST_TEST_SEED={seed}");
        return seed;
    }
}
