using Holdfast.Access;
using Holdfast.Testing;

namespace Holdfast.Storage.Tests.Access;

public sealed class MemoryKeyStoreTests : KeyStoreConformance
{
    private readonly MemoryKeyStore _database = new();

    private protected override IKeyStore Create() => _database;
}
