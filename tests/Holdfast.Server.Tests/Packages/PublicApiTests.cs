using System.Reflection;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Packages;

/// <summary>The public API of each package is as approved: what is in it stays, and nothing gets in by accident.</summary>
public class PublicApiTests
{
    [Theory]
    [InlineData("Holdfast")]
    [InlineData("Holdfast.AspNetCore")]
    [InlineData("Holdfast.Postgres")]
    [InlineData("Holdfast.Sqlite")]
    [InlineData("Holdfast.Testing")]
    public void It_is_as_approved(string package) => PublicApi.Of(Assembly.Load(package)).ShouldBeApproved($"api-{package}");
}
