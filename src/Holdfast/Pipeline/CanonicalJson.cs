using System.Buffers;
using System.Text.Json;

namespace Holdfast.Pipeline;

/// <summary>Why a value has no canonical form.</summary>
internal enum JsonFault
{
    /// <summary>It has one.</summary>
    None,

    /// <summary>It is nested deeper than allowed.</summary>
    TooDeep,

    /// <summary>A text in it has half of a surrogate pair.</summary>
    BadText,
}

/// <summary>
/// One spelling for every JSON value: compact; members sorted by the bytes of their key as written (UTF-8, so the order of code points);
/// of members with the same key the last wins; texts with the fewest escapes; numbers keep their spelling, since 1.0 and 1 may differ to
/// whoever sent them. One pass over the tokens; an object's members are moved only when they came unsorted. Not thread-safe.
/// </summary>
internal sealed class CanonicalJson(PooledBuffer output) : IDisposable
{
    // Up to here moving neighbours beats a general sort, and most objects are smaller.
    private const int FewMembers = 24;

    // Members of the objects being written, the innermost last.
    private Member[] _members = ArrayPool<Member>.Shared.Rent(64);
    private int _memberCount;

    /// <summary>
    /// Appends the value the reader stands on and leaves the reader on its last token. After a fault nothing is appended.
    /// </summary>
    /// <param name="depthMax">Nested levels, at least 1; an object without objects in it has one.</param>
    /// <exception cref="JsonException">The rest of the value is not JSON.</exception>
    public JsonFault Append(ref Utf8JsonReader reader, int depthMax)
    {
        var start = output.Length;
        var outside = reader.CurrentDepth;
        _memberCount = 0;
        var fault = AppendValue(ref reader, depthMax);
        if (fault != JsonFault.None)
        {
            output.Truncate(start);
            while (reader.CurrentDepth > outside)
            {
                reader.Read();
            }
        }

        return fault;
    }

    public void Dispose()
    {
        ArrayPool<Member>.Shared.Return(_members);
        _members = [];
    }

    private JsonFault AppendValue(ref Utf8JsonReader reader, int depthLeft)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return depthLeft == 0 ? JsonFault.TooDeep : AppendObject(ref reader, depthLeft - 1);
            case JsonTokenType.StartArray:
                return depthLeft == 0 ? JsonFault.TooDeep : AppendArray(ref reader, depthLeft - 1);
            case JsonTokenType.String:
                return AppendText(ref reader);
            default:
                output.Append(reader.ValueSpan);
                return JsonFault.None;
        }
    }

    private JsonFault AppendArray(ref Utf8JsonReader reader, int depthLeft)
    {
        output.Append((byte)'[');
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var fault = AppendValue(ref reader, depthLeft);
            if (fault != JsonFault.None)
            {
                return fault;
            }

            output.Append((byte)',');
        }

        Close((byte)']');
        return JsonFault.None;
    }

    private JsonFault AppendObject(ref Utf8JsonReader reader, int depthLeft)
    {
        var first = _memberCount;
        var sorted = true;
        output.Append((byte)'{');
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var fault = AppendMember(ref reader, depthLeft);
            if (fault != JsonFault.None)
            {
                return fault;
            }

            sorted = sorted && (_memberCount - first == 1 || CompareKeys(_members[_memberCount - 2], _members[_memberCount - 1]) < 0);
        }

        if (!sorted)
        {
            Rearrange(_members.AsSpan(first, _memberCount - first));
        }

        _memberCount = first;
        Close((byte)'}');
        return JsonFault.None;
    }

    /// <summary>Appends <c>"key":value,</c>: with its comma, so that members can change places as they are.</summary>
    private JsonFault AppendMember(ref Utf8JsonReader reader, int depthLeft)
    {
        var start = output.Length;
        var fault = AppendText(ref reader);
        if (fault != JsonFault.None)
        {
            return fault;
        }

        var keyLength = output.Length - start - 2;
        output.Append((byte)':');
        reader.Read();
        fault = AppendValue(ref reader, depthLeft);
        output.Append((byte)',');
        Remember(new Member(start, keyLength, output.Length - start));
        return fault;
    }

    private JsonFault AppendText(ref Utf8JsonReader reader)
    {
        var raw = reader.ValueSpan;
        var target = output.GetSpan(raw.Length + 2);
        target[0] = (byte)'"';
        var length = raw.Length;
        if (!reader.ValueIsEscaped)
        {
            raw.CopyTo(target[1..]);
        }
        else if (!JsonText.TryCanonicalise(raw, target[1..], out length))
        {
            return JsonFault.BadText;
        }

        target[length + 1] = (byte)'"';
        output.Advance(length + 2);
        return JsonFault.None;
    }

    /// <summary>Ends an array or object: in place of the comma after its last part, if it has one.</summary>
    private void Close(byte bracket)
    {
        if (output.Last == ',')
        {
            output.Last = bracket;
        }
        else
        {
            output.Append(bracket);
        }
    }

    private void Remember(Member member)
    {
        if (_memberCount == _members.Length)
        {
            var larger = ArrayPool<Member>.Shared.Rent(_members.Length * 2);
            _members.CopyTo(larger, 0);
            ArrayPool<Member>.Shared.Return(_members);
            _members = larger;
        }

        _members[_memberCount++] = member;
    }

    private void Rearrange(Span<Member> members)
    {
        var start = members[0].Start;
        var length = output.Length - start;
        var original = ArrayPool<byte>.Shared.Rent(length);
        output.Slice(start, length).CopyTo(original);

        Sort(members);
        var at = start;
        for (var i = 0; i < members.Length; i++)
        {
            var member = members[i];
            var repeated = i + 1 < members.Length && Key(original, start, member).SequenceEqual(Key(original, start, members[i + 1]));
            if (!repeated)
            {
                original.AsSpan(member.Start - start, member.Length).CopyTo(output.Slice(at, member.Length));
                at += member.Length;
            }
        }

        output.Truncate(at);
        ArrayPool<byte>.Shared.Return(original);
    }

    private void Sort(Span<Member> members)
    {
        if (members.Length > FewMembers)
        {
            members.Sort((left, right) => Compare(left, right));
            return;
        }

        for (var i = 1; i < members.Length; i++)
        {
            var member = members[i];
            var at = i;
            for (; at > 0 && Compare(members[at - 1], member) > 0; at--)
            {
                members[at] = members[at - 1];
            }

            members[at] = member;
        }
    }

    /// <summary>By key; equal keys by where they stand, so that the last one can be told.</summary>
    private int Compare(Member left, Member right)
    {
        var order = CompareKeys(left, right);
        return order != 0 ? order : left.Start.CompareTo(right.Start);
    }

    private int CompareKeys(Member left, Member right) =>
        output.Slice(left.Start + 1, left.KeyLength).SequenceCompareTo(output.Slice(right.Start + 1, right.KeyLength));

    private static ReadOnlySpan<byte> Key(byte[] original, int start, Member member) =>
        original.AsSpan(member.Start - start + 1, member.KeyLength);

    /// <summary>Where a member stands in the output; its key begins after the quote.</summary>
    private readonly record struct Member(int Start, int KeyLength, int Length);
}
