using Holdfast.Access;
using Holdfast.Pipeline;

namespace Holdfast.Server.Tests.Support;

/// <summary>A server that asks for keys, with one of each role.</summary>
public sealed class KeyedServer : IAsyncLifetime
{
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);
    private TestServer? _server;

    public TestServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        foreach (var role in AccessRoles.Names.Reverse())
        {
            _keys[role] = await KeyAsync(Server, $"the-{role}", role);
        }
    }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    /// <summary>The key of a role.</summary>
    public string Key(string role) => _keys[role];

    /// <summary>Asks with the key of a role; null: without any.</summary>
    public Task<Answer> SendAsync(string? role, HttpMethod method, string path, HttpContent? content = null) =>
        SendWithAsync(role is null ? null : Key(role), method, path, content);

    public Task<Answer> GetAsync(string? role, string path) => SendAsync(role, HttpMethod.Get, path);

    /// <summary>Asks with this for a credential.</summary>
    public Task<Answer> SendWithAsync(string? credential, HttpMethod method, string path, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        if (credential is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {credential}");
        }

        return Server.SendAsync(request);
    }

    internal static async Task<string> KeyAsync(TestServer server, string name, string role, TimeSpan? goodFor = null)
    {
        var order = new KeyOrder(name, AccessRoles.Parse(role)!.Value, goodFor);
        var (_, made) = await server.Node.Parts.Access.Desk.CreateAsync(order, new Act("test"), CancellationToken.None);
        return made.ShouldNotBeNull().Text;
    }
}
