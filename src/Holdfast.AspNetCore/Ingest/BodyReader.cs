using System.Buffers;
using System.IO.Pipelines;
using Holdfast.Lifecycle;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Holdfast.AspNetCore.Ingest;

/// <summary>
/// Reads request bodies into pooled memory, within a limit for one, a budget for all together and a time. A body that is still arriving
/// when the process leaves is given up: nobody knows when it ends, and nothing of it was acknowledged.
/// </summary>
internal sealed class BodyReader(BodyBudget budget, TimeProvider time) : IShutdownParticipant, IDisposable
{
    /// <summary>Time for a whole body.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What a body gets with its first byte; it gets more as it arrives, so that announcing costs nothing.</summary>
    public const int FirstBytes = 8 << 10;

    private readonly CancellationTokenSource _leaving = new();

    public string Name => "bodies";

    public ShutdownPhase Phase => ShutdownPhase.Signal;

    public TimeSpan Share => TimeSpan.FromSeconds(1);

    /// <summary>Reads the whole body.</summary>
    public async ValueTask<BodyRead> ReadAsync(HttpContext context, int bytesMax, CancellationToken cancellationToken)
    {
        if (context.Request.ContentLength > bytesMax)
        {
            return new BodyRead(BodyOutcome.TooLarge, null);
        }

        LiftServerLimit(context, bytesMax);
        var body = new Body(budget, BodyBudget.MaxFor(bytesMax));
        try
        {
            var outcome = await FillInTimeAsync(body, context.Request, bytesMax, cancellationToken);
            if (outcome == BodyOutcome.Read)
            {
                return new BodyRead(outcome, body);
            }

            body.Dispose();
            return new BodyRead(outcome, null);
        }
        catch (BadHttpRequestException bad) when (bad.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            body.Dispose();
            return new BodyRead(BodyOutcome.TooLarge, null);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken) => await _leaving.CancelAsync();

    public void Dispose() => _leaving.Dispose();

    // The server's own limit would cut the body off before ours can explain itself.
    private static void LiftServerLimit(HttpContext context, int bytesMax)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = bytesMax + 1L;
        }
    }

    private async ValueTask<BodyOutcome> FillInTimeAsync(Body body, HttpRequest request, int bytesMax, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        var reader = request.BodyReader;

        // Asked to end, and not cancelled by a token: a read that a token breaks off leaves the web server's reader unusable.
        using var late = deadline.Token.Register(reader.CancelPendingRead);
        using var leaving = _leaving.Token.Register(reader.CancelPendingRead);
        return await FillAsync(body, reader, bytesMax, cancellationToken)
            ?? (_leaving.IsCancellationRequested ? BodyOutcome.GivenUp : BodyOutcome.TooSlow);
    }

    /// <summary>Reads to the end or to what forbids it; null when it was asked to end before.</summary>
    private static async ValueTask<BodyOutcome?> FillAsync(Body body, PipeReader reader, int bytesMax, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (read.IsCanceled)
            {
                reader.AdvanceTo(read.Buffer.Start);
                return null;
            }

            var outcome = body.Length + read.Buffer.Length > bytesMax ? BodyOutcome.TooLarge
                : body.TryAppend(read.Buffer, bytesMax) ? BodyOutcome.Read : BodyOutcome.NoRoom;
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || outcome != BodyOutcome.Read)
            {
                return outcome;
            }
        }
    }

    /// <summary>A body in pooled memory; give it back when its bytes are not needed any more.</summary>
    internal sealed class Body(BodyBudget budget, long budgetMax) : IDisposable
    {
        private byte[] _buffer = [];

        public int Length { get; private set; }

        public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

        /// <summary>The same as a stream, without a copy.</summary>
        public Stream OpenRead() => new MemoryStream(_buffer, 0, Length, writable: false);

        /// <summary>Adds what has arrived; doubles the room when it is full.</summary>
        public bool TryAppend(ReadOnlySequence<byte> bytes, int bytesMax)
        {
            var needed = Length + (int)bytes.Length;
            if (needed > _buffer.Length && !TryGrow((int)Math.Max(needed, Math.Min(bytesMax, Math.Max(FirstBytes, Length * 2L)))))
            {
                return false;
            }

            bytes.CopyTo(_buffer.AsSpan(Length));
            Length = needed;
            return true;
        }

        private bool TryGrow(int size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(size);
            if (!budget.TryTake(larger.Length - _buffer.Length, budgetMax))
            {
                ArrayPool<byte>.Shared.Return(larger);
                return false;
            }

            Memory.CopyTo(larger);
            Recycle();
            _buffer = larger;
            return true;
        }

        public void Dispose()
        {
            budget.GiveBack(_buffer.Length);
            Recycle();
            _buffer = [];
            Length = 0;
        }

        private void Recycle()
        {
            if (_buffer.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }
        }
    }
}

/// <summary>How reading a body ended.</summary>
internal enum BodyOutcome
{
    /// <summary>It is there.</summary>
    Read,

    /// <summary>It is larger than one may be.</summary>
    TooLarge,

    /// <summary>Too many bodies are being read at this moment.</summary>
    NoRoom,

    /// <summary>It took too long to arrive.</summary>
    TooSlow,

    /// <summary>The process leaves.</summary>
    GivenUp,

    /// <summary>It is not compressed as it says, or a part of it is missing.</summary>
    Damaged,
}

/// <param name="Outcome">How it ended.</param>
/// <param name="Body">The body when it was read.</param>
internal sealed record BodyRead(BodyOutcome Outcome, BodyReader.Body? Body);
