using System.Text.Json;
using Holdfast.Flags;

namespace Holdfast.Tests.Flags;

public sealed class FlagManagerTests : IDisposable
{
    private readonly FlagHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public void Setting_a_flag_takes_effect_at_once_and_resetting_brings_back_the_layer_below()
    {
        _harness.Write("holdfast.json", """{"monitoring": {"batch_size": 3}}""");
        var flags = _harness.Load();

        flags.Set("MONITORING_BATCH_SIZE", 7).ShouldBe(new FlagSetResult(FlagSetStatus.Set));
        flags.GetInt("MONITORING_BATCH_SIZE").ShouldBe(7);

        var after = flags.Reset("MONITORING_BATCH_SIZE").ShouldNotBeNull();
        (after.Value, after.Origin).ShouldBe((3L, FlagOrigin.File));
    }

    [Fact]
    public void A_refusal_says_why()
    {
        _harness.Environment["MONITORING_TIMEOUT_MS"] = "20";
        var flags = _harness.Load();

        flags.Set("MONITORING_BATCHSIZE", 1).ShouldBe(
            new FlagSetResult(FlagSetStatus.Unknown, "MONITORING_BATCHSIZE is not a setting; did you mean MONITORING_BATCH_SIZE?"));
        flags.Set("MONITORING_BATCH_SIZE", "many").Status.ShouldBe(FlagSetStatus.WrongType);
        flags.Set("MONITORING_BATCH_SIZE", 0).Status.ShouldBe(FlagSetStatus.Invalid);
        flags.Set("PORT", 1234).Status.ShouldBe(FlagSetStatus.NeedsRestart);
        var shadowed = flags.Set("MONITORING_TIMEOUT_MS", 30);
        (shadowed.Status, shadowed.ShadowedBy).ShouldBe((FlagSetStatus.Shadowed, FlagOrigin.Environment));
    }

    [Fact]
    public void A_refused_value_is_not_kept_for_later()
    {
        _harness.WriteOverride("""{"MONITORING_TIMEOUT_MS": 20}""");
        var flags = _harness.Load();
        flags.Set("MONITORING_TIMEOUT_MS", 30);

        flags.Replace(FlagOrigin.Override, FlagLayer.Empty);

        flags.GetInt("MONITORING_TIMEOUT_MS").ShouldBe(5_000);
    }

    [Fact]
    public void Listeners_hear_old_value_new_value_and_origin_until_they_leave()
    {
        var flags = _harness.Load();
        List<FlagChange> heard = [];
        var listening = flags.OnChange(heard.Add);

        flags.Set("MONITORING_DUAL_MODE", true);
        flags.Set("MONITORING_DUAL_MODE", true);
        listening.Dispose();
        flags.Reset("MONITORING_DUAL_MODE");

        heard.ShouldBe([new FlagChange("MONITORING_DUAL_MODE", false, true, FlagOrigin.Runtime)]);
    }

    [Fact]
    public void A_listener_that_throws_costs_the_others_nothing()
    {
        var flags = _harness.Load();
        List<FlagChange> heard = [];
        using var first = flags.OnChange(_ => throw new InvalidOperationException("boom"));
        using var second = flags.OnChange(heard.Add);

        flags.Set("MONITORING_DUAL_MODE", true);

        heard.Count.ShouldBe(1);
        _harness.Log.All.ShouldContain(line => line.Contains("listener failed on the change of MONITORING_DUAL_MODE", StringComparison.Ordinal));
    }

    [Fact]
    public void A_listener_may_set_flags_and_all_hear_the_changes_in_order()
    {
        var flags = _harness.Load();
        List<string> heard = [];
        using var first = flags.OnChange(change => flags.Set("MONITORING_VALIDATION_STRICT", true));
        using var second = flags.OnChange(change => heard.Add(change.Name));

        flags.Set("MONITORING_DUAL_MODE", true);

        heard.ShouldBe(["MONITORING_DUAL_MODE", "MONITORING_VALIDATION_STRICT"]);
    }

    [Fact]
    public void A_secret_is_masked_everywhere_but_in_the_getter()
    {
        _harness.Environment["HOLDFAST_CHECKSUM_SECRET"] = "hunter2";
        var flags = _harness.Load();

        flags.GetString("HOLDFAST_CHECKSUM_SECRET").ShouldBe("hunter2");
        var shown = flags.GetAll().Single(value => value.Definition.Name == "HOLDFAST_CHECKSUM_SECRET");
        shown.Value.ShouldBe("***");
        shown.Layers.ShouldBe([(FlagOrigin.Environment, "***"), (FlagOrigin.Default, "")]);
    }

    [Fact]
    public void What_is_read_once_at_start_keeps_its_value_and_a_warning_says_that_it_waits()
    {
        var flags = _harness.Load();

        flags.Replace(FlagOrigin.Override, Override("""{"PORT": 9999}"""));

        flags.GetInt("PORT").ShouldBe(8080);
        _harness.Log.Warnings.ShouldHaveSingleItem().ShouldBe("PORT has changed (Override) and waits for the next start of the process.");
    }

    [Fact]
    public void A_faulty_key_keeps_its_last_good_value_while_the_others_change()
    {
        _harness.WriteOverride("""{"MONITORING_BATCH_SIZE": 7, "MONITORING_DUAL_MODE": true}""");
        var flags = _harness.Load();

        flags.Replace(FlagOrigin.Override, Override("""{"MONITORING_BATCH_SIZE": -1, "MONITORING_TIMEOUT_MS": 11}"""));

        flags.GetInt("MONITORING_BATCH_SIZE").ShouldBe(7);
        flags.GetInt("MONITORING_TIMEOUT_MS").ShouldBe(11);
        flags.GetBool("MONITORING_DUAL_MODE").ShouldBeFalse();
        _harness.Log.Warnings.ShouldHaveSingleItem().ShouldContain("MONITORING_BATCH_SIZE");
    }

    [Fact]
    public void All_types_can_be_read_and_a_wrong_type_is_a_fault_of_the_caller()
    {
        var json = JsonDocument.Parse("""{"a": [1]}""").RootElement;
        var flags = _harness.Load(new FlagSchema(
            [.. FlagSchema.Product.GetAll(), new("RATIO", FlagType.Float, 0.5, "Ratio."), new("TREE", FlagType.Json, json, "Tree.")]));

        flags.GetFloat("RATIO").ShouldBe(0.5);
        flags.GetJson("TREE").GetProperty("a")[0].GetInt32().ShouldBe(1);
        flags.GetBool("MONITORING_USE_ADAPTER").ShouldBeTrue();
        Should.Throw<ArgumentException>(() => flags.GetBool("RATIO"));
        Should.Throw<ArgumentException>(() => flags.GetBool("NOBODY"));
    }

    [Fact]
    public async Task Many_threads_read_whole_states_and_no_change_is_lost()
    {
        var flags = _harness.Load();
        var heard = 0;
        using var listening = flags.OnChange(_ => heard++);

        // Every writer has its own flag and gives it 500 different values.
        string[] names = ["MONITORING_BATCH_SIZE", "MONITORING_TIMEOUT_MS", "MONITORING_METRICS_FLUSH_INTERVAL"];
        await Task.WhenAll(names.Select(name => Task.Run(() =>
        {
            for (var value = 10_001; value <= 10_500; value++)
            {
                flags.Set(name, value).Status.ShouldBe(FlagSetStatus.Set);
                flags.GetInt(name).ShouldBe(value);
            }
        })));

        // One more change: whoever tells it has told all before it.
        flags.Set("MONITORING_DUAL_MODE", true);
        heard.ShouldBe((names.Length * 500) + 1);
    }

    private static FlagLayer Override(string json) => OverrideLayer.Read(FlagSchema.Product, JsonDocument.Parse(json).RootElement);
}
