using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Flags;

/// <summary>What cannot be set at run time.</summary>
public sealed class FlagRefusalTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [Theory]
    [InlineData(FlagNames.Port, """{"value": 1}""", 409)] // read once at start
    [InlineData(FlagNames.CallbackSecret, """{"value": "s3cret"}""", 409)] // would stand in the history
    [InlineData(FlagNames.BatchSize, """{"rule": {"type": "int", "variants": {"a": 1}, "default": "a"}}""", 409)] // is for everybody
    [InlineData(FlagNames.BatchSize, """{"value": "many"}""", 400)]
    [InlineData(FlagNames.BatchSize, """{"value": -1}""", 400)]
    [InlineData(FlagNames.BatchSize, """{}""", 400)]
    [InlineData(FlagNames.BatchSize, """{"value": 1, "rule": {}}""", 400)]
    [InlineData(FlagNames.BatchSize, """{"value": 1, "values": 2}""", 400)]
    [InlineData(FlagNames.BatchSize, """[1]""", 400)]
    [InlineData(FlagNames.BatchSize, """{"value": "\ud800"}""", 400)]
    [InlineData(FlagNames.DashboardTransport, """{"rule": {"type": "string", "variants": {"a": "pigeon"}, "default": "a"}}""", 400)]
    [InlineData("MONITORING_BATCH_SIZ", """{"value": 1}""", 404)]
    [InlineData("dashboard.colour", """{"value": 1}""", 404)] // reserved
    [InlineData("Chart", """{"value": 1}""", 404)]
    public async Task What_cannot_be_set_changes_nothing(string name, string body, int status)
    {
        (await shared.Server.PutFlagAsync(name, body)).ShouldBeProblem(status);

        (await shared.Server.GetAsync("/api/flags/audit")).Json.GetProperty("items").GetArrayLength().ShouldBe(0);
        shared.Server.Flags.GetInt(FlagNames.BatchSize).ShouldBe(100);
    }
}
