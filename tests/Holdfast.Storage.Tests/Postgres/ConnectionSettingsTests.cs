using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Storage.Tests.Postgres;

public sealed class ConnectionSettingsTests
{
    [Fact]
    public void What_the_user_left_out_is_completed()
    {
        var built = Built("Host=db;Database=ops;Username=app");

        built.ApplicationName.ShouldBe("holdfast");
        built.MaxPoolSize.ShouldBe(6);
        (built.TcpKeepAliveTime, built.TcpKeepAliveInterval).ShouldBe((30, 10));
        built.Timeout.ShouldBe(5);
        built.KeepAlive.ShouldBe(30);
        built.Multiplexing.ShouldBeFalse();
        built.PersistSecurityInfo.ShouldBeFalse();
    }

    [Theory]
    [InlineData("Host=db", true)]
    [InlineData("Host=10.0.0.5;SSL Mode=Prefer", true)]
    [InlineData("Host=db;SSL Mode=Disable", true)]
    [InlineData("Host=127.0.0.1,db:5433", true)]
    [InlineData("postgres://u:p@db/ops", true)]
    [InlineData("Host=db;SSL Mode=Require", false)]
    [InlineData("Host=db;SSL Mode=VerifyFull", false)]
    [InlineData("postgres://u:p@db/ops?sslmode=verify-full", false)]
    [InlineData("Host=127.0.0.1", false)]
    [InlineData("Host=localhost:5433", false)]
    [InlineData("Host=::1", false)]
    [InlineData("Host=/var/run/postgresql", false)]
    public void A_connection_over_a_network_may_be_clear_unless_TLS_is_demanded(string text, bool clear) =>
        ConnectionSettings.Parse(text).MayBeClear.ShouldBe(clear);

    [Fact]
    public void What_the_user_set_stays()
    {
        var built = Built("Host=db;Application Name=mine;Timeout=1;Keepalive=7;SSL Mode=Require;TCP Keepalive Time=5");

        (built.ApplicationName, built.Timeout, built.KeepAlive, built.SslMode, built.TcpKeepAliveTime).ShouldBe(("mine", 1, 7, SslMode.Require, 5));
    }

    [Theory]
    [InlineData(8, 6, 2)]
    [InlineData(3, 1, 2)]
    [InlineData(1, 1, 1)]
    public void The_writer_has_its_own_part_of_the_pool(int pool, int reading, int writing)
    {
        var settings = ConnectionSettings.Parse($"Host=db;Minimum Pool Size=1;Maximum Pool Size={pool}");

        new NpgsqlConnectionStringBuilder(settings.ForReading()).MaxPoolSize.ShouldBe(reading);
        var writer = new NpgsqlConnectionStringBuilder(settings.ForWriting(TimeSpan.FromSeconds(30)));
        (writer.MaxPoolSize, writer.CommandTimeout).ShouldBe((writing, 30));
    }

    [Fact]
    public void The_queue_has_connections_of_its_own_and_keeps_its_statements_prepared_unless_the_user_says_otherwise()
    {
        var queue = new NpgsqlConnectionStringBuilder(ConnectionSettings.Parse("Host=db").ForRetries().ForReading());
        var behindProxy = new NpgsqlConnectionStringBuilder(ConnectionSettings.Parse("Host=db;Maximum Pool Size=1;Max Auto Prepare=0").ForRetries().ForReading());

        (queue.MaxPoolSize, queue.MaxAutoPrepare).ShouldBe((2, 20));
        (behindProxy.MaxPoolSize, behindProxy.MaxAutoPrepare).ShouldBe((1, 0));
    }

    [Fact]
    public void A_unix_socket_is_not_given_options_of_TCP() =>
        (Built("Host=/run/pg").TcpKeepAliveTime, Built("Host=/run/pg").TcpKeepAliveInterval).ShouldBe((0, 0));

    [Fact]
    public void The_URI_that_hosting_services_hand_out_is_understood()
    {
        var built = Built("postgresql://us%40er:p%3Aw%2Fd@db.example:6543/ops?sslmode=verify-full&application_name=x+y");

        (built.Host, built.Port, built.Username, built.Password, built.Database).ShouldBe(("db.example", 6543, "us@er", "p:w/d", "ops"));
        (built.SslMode, built.ApplicationName).ShouldBe((SslMode.VerifyFull, "x y"));
    }

    [Theory]
    [InlineData("Host=db;Pasword=hunter2")]
    [InlineData("Host=db;Port=hunter2")]
    [InlineData("Database=ops;Password=hunter2")]
    [InlineData("hunter2")]
    [InlineData("postgres://u:hunter2@:no/uri")]
    [InlineData("postgres://u:hunter2@db/x?nonsense=1")]
    [InlineData("postgres://u:hunter2@db/x?sslmode=sometimes")]
    [InlineData("postgres://u:12?hunter2=x@db/x")]
    [InlineData("postgres://u:12/hunter2@db/x")]
    [InlineData("postgres://u:12#hunter2@db/x")]
    [InlineData("Host=db;Password=a;hunter2=b;Database=ops")]
    [InlineData("Host=db;Pwd=a;hunter2")]
    [InlineData("")]
    public void One_that_cannot_be_read_is_refused_and_not_shown(string text)
    {
        var fault = Should.Throw<FormatException>(() => ConnectionSettings.Parse(text));

        fault.ToString().ShouldNotContain("hunter2");
        ConnectionSettings.Judge(text).ShouldBe(fault.Message);
    }

    [Theory]
    [InlineData("Hots=db;Password=hunter2", "hots")]
    [InlineData("Host=db;Password=hunter2;Prot=1", "after the password")]
    public void What_is_wrong_is_named_where_it_cannot_be_a_part_of_the_password(string text, string named) =>
        ConnectionSettings.Judge(text).ShouldNotBeNull().ShouldContain(named, Case.Insensitive);

    [Fact]
    public void One_that_can_be_read_is_not_judged() => ConnectionSettings.Judge("Host=db;Password='a;b'").ShouldBeNull();

    [Fact]
    public void What_is_shown_of_it_names_server_database_and_user()
    {
        var settings = ConnectionSettings.Parse("Host=db;Port=5433;Database=ops;Username=app;Password=hunter2");

        (settings.Server, settings.Database, settings.User).ShouldBe(("db:5433", "ops", "app"));
        ConnectionSettings.Parse("Host=/run/pg;Username=app").ShouldSatisfyAllConditions(
            socket => socket.Server.ShouldBe("/run/pg (port 5432)"), socket => socket.Database.ShouldBe("app"));
    }

    private static NpgsqlConnectionStringBuilder Built(string text) => new(ConnectionSettings.Parse(text).ForReading());
}
