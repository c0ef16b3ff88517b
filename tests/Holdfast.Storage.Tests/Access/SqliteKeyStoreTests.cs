using Holdfast.Access;
using Holdfast.Sqlite.Access;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Access;

public sealed class SqliteKeyStoreTests : KeyStoreConformance
{
    private readonly TemporaryDirectory _directory = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public void Only_its_owner_may_read_the_file() => Directory.GetFiles(_directory.Path)
        .ShouldAllBe(file => OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

    private protected override IKeyStore Create() => new SqliteKeyStore(_directory.Path, TimeProvider.System, NullLogger<SqliteKeyStore>.Instance);
}
