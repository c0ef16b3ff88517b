using Holdfast.Pipeline;

namespace Holdfast.Storage.Tests.Support;

/// <summary>What holds at the end of every test that stores anything, whatever it was about: each row is accounted for, and none is lost.</summary>
internal static class LedgerPromise
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <param name="flusher">The one that stored.</param>
    /// <param name="lossIsMeant">The test destroys what the promise stands on: the ledger must still explain every row.</param>
    public static async Task ShouldHoldAsync(Flusher flusher, bool lossIsMeant = false)
    {
        if (await SampleAsync(flusher) is not { StoreCurrent: true } ledger)
        {
            return; // the test left the store away or hanging: there is nothing to compare with
        }

        ledger.Error.ShouldBe(0, ledger.ToString());
        if (!lossIsMeant)
        {
            (ledger.Events.Lost, ledger.Samples.Lost).ShouldBe((0, 0), ledger.ToString());
        }
    }

    private static async Task<LedgerSnapshot?> SampleAsync(Flusher flusher)
    {
        try
        {
            return await flusher.SampleAsync(CancellationToken.None).WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
