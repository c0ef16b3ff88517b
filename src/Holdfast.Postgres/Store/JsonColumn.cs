using System.Text;
using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Brings JSON as PostgreSQL shows it (with spaces, members in an order of its own) back to the product's one spelling.
/// </summary>
internal sealed class JsonColumn : IDisposable
{
    private const int DepthMax = 1_000;

    private readonly PooledBuffer _output = new(1024);
    private readonly CanonicalJson _canonical;

    public JsonColumn() => _canonical = new CanonicalJson(_output);

    /// <summary>The value; as it is where it has no canonical form.</summary>
    public string Canonical(string json)
    {
        _output.Truncate(0);
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), new JsonReaderOptions { MaxDepth = DepthMax });
        reader.Read();
        return _canonical.Append(ref reader, DepthMax) == JsonFault.None ? Encoding.UTF8.GetString(_output.Slice(0, _output.Length)) : json;
    }

    public void Dispose()
    {
        _canonical.Dispose();
        _output.Dispose();
    }
}
