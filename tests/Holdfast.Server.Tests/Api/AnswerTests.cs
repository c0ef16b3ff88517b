using Microsoft.AspNetCore.Http;
using Written = Holdfast.AspNetCore.Api.Answer;

namespace Holdfast.Server.Tests.Api;

public sealed class AnswerTests
{
    [Fact]
    public async Task A_long_answer_is_sent_while_it_is_made()
    {
        using var body = new StretchesStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        var kilobyte = new string('x', 1_000);

        await Written.ItemsAsync(
            context, Enumerable.Repeat(kilobyte, 1_000).ToArray(), (json, item) => json.WriteStringValue(item), json => json.WriteNull("next_cursor"));

        body.Stretches.Sum().ShouldBeGreaterThan(1_000_000);
        body.Stretches.Max().ShouldBeLessThan(Written.WaitingBytesMax + 2_000);
    }

    /// <summary>Notes how much was written between two flushes.</summary>
    private sealed class StretchesStream : MemoryStream
    {
        private long _seen;

        public List<long> Stretches { get; } = [];

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            Stretches.Add(Length - _seen);
            _seen = Length;
            return Task.CompletedTask;
        }
    }
}
