using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.Postgres;

// What is about PostgreSQL alone, once more on the newest server that is supported.

public sealed class Postgres18ApproachTests(PostgresServers servers) : PostgresApproachTests(servers)
{
    private protected override bool OnNewest => true;
}

public sealed class Postgres18FaultTests(PostgresServers servers) : PostgresFaultTests(servers)
{
    private protected override bool OnNewest => true;
}

public sealed class Postgres18MessageTests(PostgresServers servers) : PostgresMessageTests(servers)
{
    private protected override bool OnNewest => true;
}

public sealed class Postgres18MigrationTests(PostgresServers servers) : PostgresMigrationTests(servers)
{
    private protected override bool OnNewest => true;
}

public sealed class Postgres18PartitionTests(PostgresServers servers) : PostgresPartitionTests(servers)
{
    private protected override bool OnNewest => true;
}

public sealed class Postgres18RefusedRowTests(PostgresServers servers) : PostgresRefusedRowTests(servers)
{
    private protected override bool OnNewest => true;
}

public sealed class Postgres18SqlTests(PostgresServers servers) : PostgresSqlTests(servers)
{
    private protected override bool OnNewest => true;
}

public sealed class Postgres18RetryDoorbellTests(PostgresServers servers) : PostgresRetryDoorbellTests(servers)
{
    private protected override bool OnNewest => true;
}

public sealed class Postgres18RetrySqlTests(PostgresServers servers) : PostgresRetrySqlTests(servers)
{
    private protected override bool OnNewest => true;
}
