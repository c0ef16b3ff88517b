using Holdfast.Retries;
using Holdfast.Spool;

namespace Holdfast.Tests.Retries;

public class RetrySpoolCodecTests
{
    [Fact]
    public void An_item_comes_back_as_it_was_to_the_last_digit()
    {
        var item = new NewRetry
        {
            Id = Guid.CreateVersion7(),
            OperationType = "trial",
            Target = "ziel \"ü\" \u2028",
            Payload = """{ "number": 1.10, "text":"\u00e4" , "list" : [ ] }"""u8.ToArray(),
            Priority = -7,
            CorrelationId = "c",
            IdempotencyKey = "i",
            MaxRetries = 3,
            Timeout = TimeSpan.FromMilliseconds(1_500),
            Delay = TimeSpan.FromMicroseconds(7),
            Tags = ["a", "b,\"c"],
            GroupKey = "g",
            OriginalEvent = """{"type": "order.failed"}"""u8.ToArray(),
            Penalty = TimeSpan.FromSeconds(510),
        };

        var back = Decoded([item]).ShouldHaveSingleItem();

        back.ShouldBeEquivalentTo(item with { Payload = back.Payload, OriginalEvent = back.OriginalEvent, Tags = back.Tags });
        back.Tags.ShouldBe(item.Tags);
        back.Payload.ToArray().ShouldBe(item.Payload.ToArray());
        back.OriginalEvent!.Value.ToArray().ShouldBe(item.OriginalEvent!.Value.ToArray());
    }

    [Fact]
    public void What_is_missing_is_missing_afterwards()
    {
        var item = Item("null"u8.ToArray());

        var back = Decoded([item]).ShouldHaveSingleItem();

        (back.CorrelationId, back.IdempotencyKey, back.GroupKey, back.OriginalEvent, back.Tags.Count).ShouldBe((null, null, null, null, 0));
    }

    [Fact]
    public void A_payload_as_deep_as_may_be_comes_back()
    {
        var deep = System.Text.Encoding.UTF8.GetBytes(new string('[', 64) + new string(']', 64));

        Decoded([Item(deep)]).ShouldHaveSingleItem().Payload.ToArray().ShouldBe(deep);
    }

    [Fact]
    public void Many_are_cut_into_batches_and_keep_their_order()
    {
        var items = Enumerable.Range(0, 12_000).Select(i => Item("0"u8.ToArray())).ToList();

        var entries = RetrySpoolCodec.Encode(items);

        entries.Select(entry => entry.Count).ShouldBe([5_000, 5_000, 2_000]);
        entries.SelectMany(Decode).Select(item => item.Id).ShouldBe(items.Select(item => item.Id));
    }

    [Fact]
    public void Large_ones_travel_alone()
    {
        var large = System.Text.Encoding.UTF8.GetBytes($"\"{new string('x', 1_000_000)}\"");

        RetrySpoolCodec.Encode([Item(large), Item(large), Item("0"u8.ToArray())]).Select(entry => entry.Count).ShouldBe([1, 2]);
    }

    [Fact]
    public void What_a_later_version_wrote_is_not_guessed_at()
    {
        var batch = new SpooledBatch(1, SpoolKind.RetryEnqueue, 2, 1, 0, DateTimeOffset.UnixEpoch, "[]"u8.ToArray());

        Should.Throw<InvalidDataException>(() => RetrySpoolCodec.Decode(batch));
    }

    private static NewRetry Item(byte[] payload) => new()
    {
        Id = Guid.CreateVersion7(),
        OperationType = "trial",
        Target = "",
        Payload = payload,
        Priority = 0,
        MaxRetries = 3,
        Timeout = TimeSpan.FromSeconds(1),
        Penalty = TimeSpan.Zero,
    };

    private static IReadOnlyList<NewRetry> Decoded(IReadOnlyList<NewRetry> items) => [.. RetrySpoolCodec.Encode(items).SelectMany(Decode)];

    private static IReadOnlyList<NewRetry> Decode(SpoolEntry entry) =>
        RetrySpoolCodec.Decode(new SpooledBatch(1, entry.Kind, entry.FormatVersion, entry.Count, 0, DateTimeOffset.UnixEpoch, entry.Payload));
}
