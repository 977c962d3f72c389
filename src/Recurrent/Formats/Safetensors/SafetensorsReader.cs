using System.Buffers.Binary;
using System.Text.Unicode;
using Recurrent.Ranges;
using Recurrent.Text;

namespace Recurrent.Formats.Safetensors;

/// <summary>
/// Reads a safetensors file (https://huggingface.co/docs/safetensors): the length of a header as 8 bytes,
/// little-endian, a JSON object that names each tensor, and the tensors' values. What the header claims is checked
/// against the file's size before anything is allocated for it.
/// </summary>
internal sealed class SafetensorsReader : ITensorFile
{
    /// <summary>The greatest length of a header that the format allows, in bytes.</summary>
    public const int MaxHeaderLength = 100_000_000;

    /// <summary>The number of bytes that hold the header's length.</summary>
    public const int PrefixLength = sizeof(ulong);

    /// <summary>The member that is not a tensor: an object of strings, for each program to use as it likes.</summary>
    public const string MetadataName = "__metadata__";

    /// <summary>The way out where something else is given; see <see cref="FormatError.OrElse"/>.</summary>
    public const string NameAModel = "name a model file";

    private readonly Stream _stream;
    private readonly JsonMembers _header;
    private readonly long _dataStart; // in bytes
    private readonly long _dataLength;

    private SafetensorsReader(Stream stream, JsonMembers header, long dataLength)
    {
        (_stream, _header) = (stream, header);
        (_dataStart, _dataLength) = (stream.Position, dataLength);
        Metadata = header.Has(MetadataName) ? header.Object(MetadataName, "the metadata") : null;
    }

    /// <summary>The metadata; null if there are none.</summary>
    public JsonMembers? Metadata { get; }

    /// <summary>The tensors in the order of their data.</summary>
    /// <exception cref="FormatError">
    /// An entry is wrong, or the tensors are not exactly the data: one overlaps another, or bytes are missing or left
    /// over.
    /// </exception>
    public IReadOnlyList<TensorEntry> Entries => field ??= ReadEntries();

    /// <summary>Reads a header; nothing is allocated that the stream does not hold.</summary>
    /// <param name="stream">A seekable stream at the beginning of the file; it must stay open.</param>
    /// <exception cref="FormatError">It is not a safetensors file, or one that is cut short.</exception>
    public static SafetensorsReader Open(Stream stream)
    {
        var start = stream.Position;
        var length = stream.Length - start;
        if (length <= 0)
        {
            throw new FormatError("it is empty", NameAModel);
        }
        if (length < PrefixLength)
        {
            throw NotSafetensors(
                stream,
                start,
                $"it has {Sentences.Amount(length, "bytes")} and the length of a header alone takes {PrefixLength}"
            );
        }
        Span<byte> prefix = stackalloc byte[PrefixLength];
        ReadExactly(stream, prefix);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > MaxHeaderLength)
        {
            throw NotSafetensors(
                stream,
                start,
                $"its first {PrefixLength} bytes mean a header of {headerLength:#,0} bytes "
                    + $"and the most is {MaxHeaderLength:#,0}"
            );
        }
        var rest = length - PrefixLength;
        if ((long)headerLength > rest)
        {
            throw new FormatError(
                $"it is cut short or its header length is wrong: that is {headerLength:#,0} bytes and {rest:#,0} follow"
            );
        }
        var header = new byte[headerLength];
        ReadExactly(stream, header);
        return header.AsSpan().StartsWith("{"u8)
            ? new SafetensorsReader(stream, Parse(header), rest - header.Length)
            : throw NotSafetensors(stream, start, "its header does not begin with \"{\"");
    }

    /// <inheritdoc/>
    public void Read(TensorEntry entry, Span<float> values)
    {
        entry.RequireFloats();
        _stream.Position = _dataStart + entry.Begin;
        Fill(values, entry.Type);
    }

    /// <summary>Reads the values of a tensor of integers.</summary>
    /// <param name="entry">One of <see cref="Entries"/>.</param>
    /// <exception cref="FormatError">Its type is not one that is written, or the file became shorter.</exception>
    public int[] ReadIntegers(TensorEntry entry)
    {
        if (entry.Type != TensorType.UInt8 && entry.Type != TensorType.UInt16 && entry.Type != TensorType.Int32)
        {
            throw new FormatError(
                $"tensor {FormatError.Quote(entry.Name)} has values of type {entry.Type.Name}, not U8, U16 or I32"
            );
        }
        if (entry.Count > Array.MaxLength)
        {
            throw new FormatError($"tensor {FormatError.Quote(entry.Name)} has {entry.Count:#,0} values, too many");
        }
        _stream.Position = _dataStart + entry.Begin;
        var values = new int[entry.Count];
        try
        {
            TensorValues.Read(_stream, values, entry.Type);
        }
        catch (EndOfStreamException error)
        {
            throw BecameShorter(error);
        }
        return values;
    }

    /// <summary>Checks the values of a tensor, a part at a time.</summary>
    /// <param name="entry">One of <see cref="Entries"/>.</param>
    /// <param name="wayOut">The way out if one is not.</param>
    /// <param name="mayBeInfinite">Whether a value may be infinite.</param>
    /// <exception cref="FormatError">A value is infinite or not a number, or the file became shorter.</exception>
    public void RequireFinite(TensorEntry entry, string wayOut, bool mayBeInfinite = false)
    {
        entry.RequireFloats();
        _stream.Position = _dataStart + entry.Begin;
        var part = new float[Math.Min(entry.Count, TensorValues.MaxAtOnce)];
        for (var done = 0L; done < entry.Count; done += part.Length)
        {
            var values = part.AsSpan(0, (int)Math.Min(part.Length, entry.Count - done));
            Fill(values, entry.Type);
            TensorValues.RequireFinite(entry.Name, values, wayOut, done, mayBeInfinite);
        }
    }

    private List<TensorEntry> ReadEntries()
    {
        List<TensorEntry> entries =
        [
            .. _header
                .Names.Where(name => name != MetadataName)
                .Select(name => TensorEntry.Read(name, _header.Object(name, $"tensor {FormatError.Quote(name)}")))
                .OrderBy(entry => entry.Begin)
                .ThenBy(entry => entry.End),
        ];
        var end = 0L;
        foreach (var entry in entries)
        {
            if (entry.Begin != end)
            {
                throw new FormatError(
                    $"tensor {FormatError.Quote(entry.Name)} begins at byte {entry.Begin} of the data "
                        + $"and the one before it ends at {end}"
                );
            }
            end = entry.End;
        }
        if (end > _dataLength)
        {
            throw new FormatError(
                $"it is cut short: its tensors take {end:#,0} bytes and {_dataLength:#,0} follow the header"
            );
        }
        if (end < _dataLength)
        {
            throw new FormatError(
                $"it has {Sentences.Amount(_dataLength - end, "bytes")} after its last tensor, where it should end"
            );
        }
        return entries;
    }

    private static JsonMembers Parse(ReadOnlySpan<byte> header)
    {
        if (!Utf8.IsValid(header))
        {
            throw new FormatError("its header is not UTF-8");
        }
        return JsonMembers.Parse(header, "its header");
    }

    /// <summary>Says what the file is instead, or else why it is not a safetensors file.</summary>
    private static FormatError NotSafetensors(Stream stream, long start, string reason)
    {
        Span<byte> beginning = stackalloc byte[FileKind.Length];
        stream.Position = start;
        beginning = beginning[..stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false)];
        var kind =
            beginning.Length > PrefixLength && beginning[PrefixLength - 1] == 0 && beginning[PrefixLength] == '{'
                ? null // damaged, but one
                : FileKind.Of(beginning)?.Name ?? (FileKind.IsText(beginning) ? "a text" : null);
        return new(
            kind is null ? $"it is not a safetensors file: {reason}" : $"it is {kind}, not a safetensors file",
            NameAModel
        );
    }

    private void Fill(Span<float> values, TensorType type)
    {
        try
        {
            TensorValues.Read(_stream, values, type);
        }
        catch (EndOfStreamException error)
        {
            throw BecameShorter(error);
        }
    }

    private static void ReadExactly(Stream stream, Span<byte> bytes)
    {
        try
        {
            stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException error)
        {
            throw BecameShorter(error);
        }
    }

    private static FormatError BecameShorter(Exception error) =>
        new("it became shorter while it was read", "read it again", error);
}
