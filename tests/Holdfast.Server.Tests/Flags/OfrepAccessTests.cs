using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Flags;

/// <summary>Flags on a server that asks for keys.</summary>
public sealed class OfrepAccessTests(KeyedServer keyed) : IClassFixture<KeyedServer>
{
    private const string Bulk = "/ofrep/v1/evaluate/flags";

    [Fact]
    public async Task A_viewer_evaluates_and_listens_without_a_header_and_one_who_only_sends_does_not()
    {
        (await keyed.SendAsync("ingest", HttpMethod.Post, Bulk)).ShouldBeProblem(403);

        using var stream = await EventStream.OpenAsync(keyed.Server, await AddressAsync("viewer"), lastEventId: null);

        (await stream.NextAsync()).Event.ShouldBe("message");
    }

    [Fact]
    public async Task A_stream_ends_when_the_key_of_its_address_is_revoked_and_the_address_is_good_no_more()
    {
        var key = await KeyedServer.KeyAsync(keyed.Server, "leaving", "viewer");
        var bulk = await keyed.SendWithAsync(key, HttpMethod.Post, Bulk);
        var address = AddressOf(bulk);
        using var stream = await EventStream.OpenAsync(keyed.Server, address, lastEventId: null);
        await stream.NextAsync();

        var id = keyed.Server.Node.Parts.Access.Ring.Keys.Single(known => known.Name == "leaving").Id;
        (await keyed.SendAsync("admin", HttpMethod.Post, $"/api/keys/{id}/revoke")).Status.ShouldBeInRange(200, 204);

        await stream.EndedAsync();
        (await keyed.Server.GetAsync(address)).ShouldBeProblem(410);
    }

    [Fact]
    public async Task An_address_that_was_changed_is_not_good()
    {
        var address = await AddressAsync("viewer");

        (await keyed.Server.GetAsync(address[..^3] + "abc")).ShouldBeProblem(410);
        (await keyed.Server.GetAsync(address.Replace("token=e", "token=f", StringComparison.Ordinal))).ShouldBeProblem(410);
    }

    [Fact]
    public async Task A_viewer_changes_no_flag_and_an_ingest_key_reports_samples()
    {
        (await keyed.SendAsync("viewer", HttpMethod.Post, "/api/flags/a/kill")).ShouldBeProblem(403);
        (await keyed.SendAsync("viewer", HttpMethod.Get, "/api/flags/audit")).ShouldBeProblem(403);
        (await keyed.SendAsync("ingest", HttpMethod.Post, "/api/flags/a/samples")).ShouldBeProblem(404);
    }

    private async Task<string> AddressAsync(string role) => AddressOf(await keyed.SendAsync(role, HttpMethod.Post, Bulk));

    private static string AddressOf(Answer bulk) => bulk.Json.GetProperty("eventStreams")[0].GetProperty("endpoint").GetProperty("requestUri").GetString()!;
}
