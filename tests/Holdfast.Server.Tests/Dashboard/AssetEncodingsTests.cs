using Holdfast.AspNetCore.Dashboard;

namespace Holdfast.Server.Tests.Dashboard;

public sealed class AssetEncodingsTests
{
    [Theory]
    [InlineData(null, nameof(AssetEncoding.Identity))]
    [InlineData("", nameof(AssetEncoding.Identity))]
    [InlineData("identity", nameof(AssetEncoding.Identity))]
    [InlineData("gzip, deflate, br, zstd", nameof(AssetEncoding.Brotli))]
    [InlineData("gzip", nameof(AssetEncoding.Gzip))]
    [InlineData("GZIP", nameof(AssetEncoding.Gzip))]
    [InlineData("br;q=0.1, gzip;q=0.9", nameof(AssetEncoding.Gzip))]
    [InlineData("br;q=0, gzip;q=0", nameof(AssetEncoding.Identity))]
    [InlineData("*", nameof(AssetEncoding.Brotli))]
    [InlineData("*;q=0.5, br;q=0", nameof(AssetEncoding.Gzip))]
    [InlineData("br;q=nonsense", nameof(AssetEncoding.Identity))]
    public void The_best_of_what_is_accepted_is_chosen(string? acceptEncoding, string expected)
    {
        AssetEncodings.Choose(acceptEncoding).ToString().ShouldBe(expected);
    }
}
