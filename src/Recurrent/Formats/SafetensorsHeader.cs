using System.Buffers.Binary;
using System.Text.Unicode;

namespace Recurrent.Formats;

/// <summary>
/// The beginning of a safetensors file (https://huggingface.co/docs/safetensors): its length as 8 bytes, little-endian,
/// then a JSON object that names each tensor of the data that follow.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The greatest length that the format allows, in bytes.</summary>
    public const int MaxLength = 100_000_000;

    /// <summary>The bytes that hold the header's length.</summary>
    public const int PrefixLength = sizeof(ulong);

    /// <summary>The member that is no tensor: an object of strings, for each program to use as it likes.</summary>
    public const string MetadataName = "__metadata__";

    private const string NameAModel = "name a model file";

    private readonly JsonMembers _members;
    private readonly long _dataLength;

    private SafetensorsHeader(JsonMembers members, long dataLength)
    {
        (_members, _dataLength) = (members, dataLength);
        Metadata = members.Has(MetadataName) ? members.Object(MetadataName, "the metadata") : null;
    }

    /// <summary>The metadata; null where there are none.</summary>
    public JsonMembers? Metadata { get; }

    /// <summary>Reads a header; nothing is allocated that the stream does not hold.</summary>
    /// <param name="stream">A seekable stream, at the beginning of the file; afterwards at that of the data.</param>
    /// <exception cref="FormatError">It is no safetensors file or one that is cut short.</exception>
    public static SafetensorsHeader Read(Stream stream)
    {
        var length = stream.Length - stream.Position;
        if (length <= 0)
        {
            throw new FormatError("it is empty", NameAModel);
        }
        if (length < PrefixLength)
        {
            throw new FormatError(
                $"it is no safetensors file, for it has {length} bytes and the length of a header alone takes {PrefixLength}",
                NameAModel
            );
        }
        Span<byte> prefix = stackalloc byte[PrefixLength];
        stream.ReadExactly(prefix);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > MaxLength)
        {
            throw new FormatError(
                $"it is no safetensors file, for its first {PrefixLength} bytes mean a header of {headerLength} bytes "
                    + $"and the most is {MaxLength}",
                NameAModel
            );
        }
        var rest = length - PrefixLength;
        if ((long)headerLength > rest)
        {
            throw new FormatError(
                $"it is cut short or its header length is wrong, for that is {headerLength} bytes and {rest} follow"
            );
        }
        var header = new byte[headerLength];
        stream.ReadExactly(header);
        return Parse(header, rest - header.Length);
    }

    /// <summary>The tensors in the order of their data.</summary>
    /// <exception cref="FormatError">
    /// An entry is wrong, or the tensors are not exactly the data: one overlaps another, or bytes are missing or left over.
    /// </exception>
    public IReadOnlyList<TensorEntry> ReadEntries()
    {
        TensorEntry[] entries =
        [
            .. _members
                .Names.Where(name => name != MetadataName)
                .Select(name =>
                    TensorEntry.Read(name, _members.Object(name, $"tensor {FormatError.Quote(name)}"))
                )
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
                $"it is cut short, for its tensors take {end} bytes and {_dataLength} follow the header"
            );
        }
        if (end < _dataLength)
        {
            throw new FormatError($"{_dataLength - end} bytes follow its last tensor, where it should end");
        }
        return entries;
    }

    private static SafetensorsHeader Parse(ReadOnlySpan<byte> header, long dataLength)
    {
        if (!header.StartsWith("{"u8))
        {
            throw new FormatError(
                "it is no safetensors file, for its header does not begin with \"{\"",
                NameAModel
            );
        }
        if (!Utf8.IsValid(header))
        {
            throw new FormatError("its header is not UTF-8");
        }
        return new SafetensorsHeader(JsonMembers.Parse(header, "its header"), dataLength);
    }
}
