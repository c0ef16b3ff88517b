using System.Buffers.Binary;

namespace Holdfast.Sqlite.Native;

/// <summary>A row as it stands in a page of a table: its key, and its record, which may go on in other pages.</summary>
internal readonly record struct LeafRow(long RowId, byte[] Record);

/// <summary>Reads the rows of a leaf page, each on its own: one that makes no sense costs none of the others.</summary>
internal sealed class SqliteLeafRows(SqlitePages pages)
{
    private const byte TableLeaf = 0x0D;
    private const int HeaderBytes = 8;
    private const int NextPageBytes = 4;

    // Far above what a row of ours can be; a number beyond it is none.
    private const int RecordBytesMax = 64 << 20;

    private readonly byte[] _overflow = new byte[pages.PageBytes];

    /// <param name="withLog">Where a record goes on: in the newest images, or in those of the database alone.</param>
    public IEnumerable<LeafRow> Read(byte[] page, bool withLog)
    {
        if (page[0] != TableLeaf)
        {
            yield break;
        }

        var cells = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(3)), (page.Length - HeaderBytes) / 2);
        for (var cell = 0; cell < cells; cell++)
        {
            if (TryRead(page, BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(HeaderBytes + (2 * cell))), withLog) is { } row)
            {
                yield return row;
            }
        }
    }

    private LeafRow? TryRead(byte[] page, int at, bool withLog)
    {
        var cell = new SqliteVarints(page.AsSpan(Math.Min(at, page.Length)));
        if (!cell.TryRead(out var size) || !cell.TryRead(out var rowId) || size <= 0 || size > RecordBytesMax)
        {
            return null;
        }

        var here = BytesInLeaf(size);
        if (cell.Rest.Length < here + (here < size ? NextPageBytes : 0))
        {
            return null;
        }

        var record = new byte[size];
        cell.Rest[..here].CopyTo(record);
        return here == size || TryFollow(BinaryPrimitives.ReadUInt32BigEndian(cell.Rest[here..]), record.AsSpan(here), withLog) ? new LeafRow(rowId, record) : null;
    }

    private bool TryFollow(long next, Span<byte> rest, bool withLog)
    {
        while (rest.Length > 0)
        {
            if (!pages.TryRead(next, withLog, _overflow))
            {
                return false;
            }

            next = BinaryPrimitives.ReadUInt32BigEndian(_overflow);
            var part = Math.Min(rest.Length, _overflow.Length - NextPageBytes);
            _overflow.AsSpan(NextPageBytes, part).CopyTo(rest);
            rest = rest[part..];
        }

        return true;
    }

    /// <summary>The format's own arithmetic; pages of ours reserve nothing at their ends.</summary>
    private int BytesInLeaf(long size)
    {
        var usable = pages.PageBytes;
        var most = usable - 35;
        if (size <= most)
        {
            return (int)size;
        }

        var least = ((usable - 12) * 32 / 255) - 23;
        var here = least + (int)((size - least) % (usable - NextPageBytes));
        return here <= most ? here : least;
    }
}
