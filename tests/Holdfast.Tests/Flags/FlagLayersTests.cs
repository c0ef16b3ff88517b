using Holdfast.Flags;

namespace Holdfast.Tests.Flags;

/// <summary>What the layers say at the start, and which one wins.</summary>
public sealed class FlagLayersTests : IDisposable
{
    private readonly FlagHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public void The_default_holds_when_nothing_is_said()
    {
        var value = _harness.Load().Get("MONITORING_BATCH_SIZE").ShouldNotBeNull();

        value.Value.ShouldBe(100L);
        value.Origin.ShouldBe(FlagOrigin.Default);
    }

    [Fact]
    public void Every_layer_wins_over_the_ones_below_and_all_are_shown()
    {
        _harness.WriteOverride("""{"MONITORING_BATCH_SIZE": 1}""");
        _harness.Environment["MONITORING_BATCH_SIZE"] = "2";
        _harness.Write("holdfast.json", """{"monitoring": {"batch_size": 3}}""");
        _harness.Code["MONITORING_BATCH_SIZE"] = 4;

        var value = _harness.Load().Get("MONITORING_BATCH_SIZE").ShouldNotBeNull();

        value.Value.ShouldBe(1L);
        value.Layers.ShouldBe([(FlagOrigin.Override, 1L), (FlagOrigin.Environment, 2L), (FlagOrigin.File, 3L), (FlagOrigin.Default, 4L)]);
    }

    [Fact]
    public void Run_time_stands_between_environment_and_file()
    {
        _harness.Write("holdfast.json", """{"monitoring": {"batch_size": 3, "timeout_ms": 30}}""");
        _harness.Environment["MONITORING_TIMEOUT_MS"] = "20";
        var flags = _harness.Load();

        flags.Set("MONITORING_BATCH_SIZE", 4).Status.ShouldBe(FlagSetStatus.Set);
        flags.Set("MONITORING_TIMEOUT_MS", 40).Status.ShouldBe(FlagSetStatus.Shadowed);

        flags.GetInt("MONITORING_BATCH_SIZE").ShouldBe(4);
        flags.GetInt("MONITORING_TIMEOUT_MS").ShouldBe(20);
    }

    [Fact]
    public void A_variable_wins_over_the_env_file()
    {
        _harness.Write(".env", "PORT=1000\nexport HOLDFAST_NODE='left hand'\n# HOLDFAST_BIND=nonsense\n\nOTHER=thing\n");
        _harness.Environment["PORT"] = "2000";
        var flags = _harness.Load();

        flags.GetInt("PORT").ShouldBe(2000);
        flags.GetString("HOLDFAST_NODE").ShouldBe("left hand");
    }

    [Fact]
    public void The_file_has_sections_and_may_leave_out_the_product_name()
    {
        _harness.Write("holdfast.json", """
            {
              // Comments and a last comma are welcome.
              "port": 9000,
              "retention": { "events_days": 14 },
              "holdfast": { "log_format": "json" },
              "metrics_persister": { "graceful_shutdown_timeout": 5 },
            }
            """);
        var flags = _harness.Load();

        flags.GetInt("PORT").ShouldBe(9000);
        flags.GetInt("HOLDFAST_RETENTION_EVENTS_DAYS").ShouldBe(14);
        flags.GetString("HOLDFAST_LOG_FORMAT").ShouldBe("json");
        flags.GetInt("METRICS_PERSISTER_GRACEFUL_SHUTDOWN_TIMEOUT").ShouldBe(5);
    }

    [Fact]
    public void A_named_file_may_say_where_the_data_is()
    {
        var data = Path.GetDirectoryName(_harness.OverridePath)!;
        _harness.WriteOverride("""{"MONITORING_BATCH_SIZE": 7}""");
        _harness.Environment.Remove(FlagNames.Data);
        _harness.Environment[FlagNames.Config] = _harness.Write("elsewhere.json", $$"""{"data": "{{data}}"}""");

        _harness.Load().GetInt("MONITORING_BATCH_SIZE").ShouldBe(7);
    }

    [Fact]
    public void Every_fault_of_every_layer_is_reported_at_once_with_key_and_source()
    {
        _harness.WriteOverride("""{"MONITORING_DUAL_MOD": true, "PORT": 70000}""");
        _harness.Write(".env", "MONITORING_TIMEOUT_MS=soon\nnonsense\n");
        _harness.Environment["HOLDFAST_BIND"] = "everywhere";
        var file = _harness.Write("holdfast.json", """{"monitoring": {"batch_size": 0}, "retentions": {"events_days": 1}, "data": "/elsewhere"}""");
        _harness.Code["MONITORING_ENABLE_VALIDATION"] = "perhaps";

        var faults = _harness.LoadFaults().Select(fault => (fault.Key, fault.Source, fault.Message)).ToArray();

        faults.Select(fault => (fault.Key, fault.Source)).ShouldBe(
            [
                ("MONITORING_DUAL_MOD", "flags.override.json"),
                ("PORT", "flags.override.json"),
                ("MONITORING_TIMEOUT_MS", ".env"),
                ("line 2", ".env"),
                ("HOLDFAST_BIND", "environment"),
                ("MONITORING_BATCH_SIZE", file),
                ("retentions.events_days", file),
                ("HOLDFAST_DATA", file),
                ("MONITORING_ENABLE_VALIDATION", "code"),
            ],
            ignoreOrder: true);
        faults.Single(fault => fault.Key == "MONITORING_DUAL_MOD").Message.ShouldContain("did you mean MONITORING_DUAL_MODE?");
    }

    [Fact]
    public void The_exception_lists_them_for_the_operator()
    {
        _harness.Environment["PORT"] = "http";
        _harness.Environment["HOLDFAST_DURABILITY"] = "eternal";

        var message = Should.Throw<ConfigurationException>(() => _harness.Load()).Message;

        message.ShouldContain("PORT (environment): must be a whole number, not \"http\"");
        message.ShouldContain("HOLDFAST_DURABILITY (environment): must be one of durable, process, memory, not \"eternal\"");
    }

    [Fact]
    public void An_unknown_variable_that_begins_like_ours_is_a_warning_with_the_name_that_was_meant()
    {
        _harness.Environment["HOLDFAST_RETENTION_EVENT_DAYS"] = "3";
        _harness.Environment["HOLDFAST_TEST_ALL"] = "1";
        _harness.Environment["SOMEONE_ELSES"] = "1";

        _harness.Load();

        _harness.Log.Warnings.ShouldHaveSingleItem().ShouldContain("did you mean HOLDFAST_RETENTION_EVENTS_DAYS?");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"MONITORING_BATCH_SIZE": 1, "MONITORING_BATCH_SIZE": 2}""")]
    public void A_file_that_is_no_object_is_a_fault_at_the_start(string text)
    {
        _harness.WriteOverride(text);

        _harness.LoadFaults().ShouldHaveSingleItem().Source.ShouldBe("flags.override.json");
    }

    [Fact]
    public void A_named_file_that_is_not_there_is_a_fault()
    {
        _harness.Environment[FlagNames.Config] = "/nowhere/holdfast.json";

        _harness.LoadFaults().ShouldHaveSingleItem().Key.ShouldBe(FlagNames.Config);
    }

    [Fact]
    public void The_start_logs_what_differs_from_the_defaults_without_secrets()
    {
        _harness.Environment["PORT"] = "9000";
        _harness.Environment["HOLDFAST_POSTGRES"] = "Host=db;Password=hunter2";

        _harness.Load();

        var all = string.Join('\n', _harness.Log.All);
        all.ShouldContain("PORT=9000 (environment)");
        all.ShouldContain("HOLDFAST_POSTGRES=*** (environment)");
        all.ShouldNotContain("hunter2");
    }
}
