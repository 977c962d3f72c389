using System.Buffers.Binary;
using System.IO.Compression;
using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats.PyTorch;

/// <summary>
/// A file of torch.save: a zip archive with a pickle, data.pkl, and the values of each storage in data/KEY. A tensor is
/// a place in a storage, with a step for each of its axes.
/// </summary>
internal sealed class TorchArchive : ITensorFile
{
    private const string PickleName = "/data.pkl";
    private const int MaxPickleLength = 16_000_000; // bytes; a tensor takes about 200
    private const string SaveDictionary =
        "save a dictionary of tensors, torch.save(model.state_dict(), \"weights.pt\")";

    private readonly Dictionary<string, ZipArchiveEntry> _storages = new(StringComparer.Ordinal); // by key
    private readonly Dictionary<string, long> _begins = new(StringComparer.Ordinal); // as if one followed another
    private readonly Dictionary<string, View> _views = new(StringComparer.Ordinal); // by the tensor's name
    private readonly List<TensorEntry> _entries = [];
    private long _end;

    private TorchArchive() { }

    /// <inheritdoc/>
    public IReadOnlyList<TensorEntry> Entries => _entries;

    /// <summary>Returns whether a stream holds a file of torch.save, of whatever age, or another zip archive.</summary>
    /// <param name="stream">A seekable stream at the beginning of the file, where it stays.</param>
    public static bool IsIn(Stream stream)
    {
        var beginning = Beginning(stream);
        return beginning.StartsWith("PK\x3\x4"u8) || IsPickle(beginning);
    }

    /// <summary>Opens a file.</summary>
    /// <param name="stream">A seekable stream at the beginning of the file; it must stay open.</param>
    /// <param name="note">Takes a sentence on each thing that is passed over.</param>
    /// <exception cref="FormatError">It is damaged, or holds more than tensors.</exception>
    public static TorchArchive Open(Stream stream, Action<string> note)
    {
        if (IsPickle(Beginning(stream)))
        {
            throw new FormatError(
                "it is a Python pickle, as torch.save wrote them before PyTorch 1.6",
                "write it again in PyTorch, weights = torch.load(\"weights.pt\", map_location=\"cpu\") and "
                    + "torch.save(weights, \"new.pt\")"
            );
        }
        var archive = new TorchArchive();
        try
        {
            var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            // More than there is could be claimed by entries that lie, or lie over each other.
            if (zip.Entries.Sum(entry => (decimal)entry.Length) > stream.Length)
            {
                throw Damaged();
            }
            archive.ReadFrom(zip, note);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw Damaged(error);
        }
        return archive;
    }

    /// <inheritdoc/>
    public void Read(TensorEntry entry, Span<float> values)
    {
        entry.RequireFloats();
        var view = _views[entry.Name];
        try
        {
            using var stream = _storages[view.Storage.Key].Open();
            Skip(stream, view.Offset * entry.Type.Size);
            if (view.IsContiguous)
            {
                TensorValues.Read(stream, values, entry.Type);
                return;
            }
            var part = new float[view.Extent];
            TensorValues.Read(stream, part, entry.Type);
            view.Gather(part, values);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(error);
        }
    }

    private static ReadOnlySpan<byte> Beginning(Stream stream)
    {
        var bytes = new byte[sizeof(ulong)];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        stream.Position -= count;
        return bytes.AsSpan(0, count);
    }

    /// <summary>A pickle says its protocol first; as the length of a safetensors header it would be too much.</summary>
    private static bool IsPickle(ReadOnlySpan<byte> beginning) =>
        beginning is [0x80, <= 5, ..]
        && BinaryPrimitives.TryReadUInt64LittleEndian(beginning, out var length)
        && length > SafetensorsReader.MaxHeaderLength;

    private static FormatError Damaged(Exception? error = null) =>
        new("its zip archive is damaged", "copy the file again or save the weights again", error);

    private static void Skip(Stream stream, long count)
    {
        var bytes = new byte[Math.Min(count, TensorValues.MaxAtOnce)];
        while (count > 0)
        {
            var part = (int)Math.Min(count, bytes.Length);
            stream.ReadExactly(bytes, 0, part);
            count -= part;
        }
    }

    private void ReadFrom(ZipArchive zip, Action<string> note)
    {
        var pickle =
            zip.Entries.FirstOrDefault(entry => entry.FullName.EndsWith(PickleName, StringComparison.Ordinal))
            ?? throw new FormatError(
                "it is a zip archive without a data.pkl, and so not a file of torch.save",
                SaveDictionary
            );
        var root = pickle.FullName[..^PickleName.Length];
        foreach (var entry in zip.Entries)
        {
            if (entry.Length != entry.CompressedLength)
            {
                throw new FormatError(
                    $"its archive's {FormatError.Quote(entry.FullName)} is compressed, as torch.save never does",
                    "save the weights again with torch.save"
                );
            }
            if (entry.FullName.StartsWith($"{root}/data/", StringComparison.Ordinal))
            {
                _storages[entry.FullName[(root.Length + "/data/".Length)..]] = entry;
            }
            else if (entry.FullName == $"{root}/byteorder" && !Encoded(entry).SequenceEqual("little"u8))
            {
                throw new FormatError(
                    "its values are big-endian",
                    "save the weights again on a little-endian machine, as almost all are"
                );
            }
        }
        var weights = WeightsIn(Pickle.Read(Encoded(pickle), Find, Load), note);
        foreach (var (key, value) in weights.Members)
        {
            if (key is string name && value is View view)
            {
                if (!_views.TryAdd(name, view))
                {
                    throw new FormatError($"it has {FormatError.Quote(name)} twice", SaveDictionary);
                }
                var begin = _begins[view.Storage.Key] + (view.Offset * view.Storage.Type.Size);
                var end = begin + (view.Count * view.Storage.Type.Size);
                _entries.Add(new(name, view.Storage.Type, view.Shape, begin, end));
            }
            else
            {
                note($"The entry {FormatError.Quote($"{key}")}, which is no tensor, was passed over.");
            }
        }
    }

    /// <summary>The state dictionary: the whole pickle, or what a checkpoint has among other things.</summary>
    private static PickledDictionary WeightsIn(object? root, Action<string> note)
    {
        if (root is not PickledDictionary whole)
        {
            throw new FormatError("it holds no dictionary of tensors", SaveDictionary);
        }
        if (HoldsTensors(whole))
        {
            return whole;
        }
        (string Name, PickledDictionary Value)[] parts =
        [
            .. whole
                .Members.Where(member => member is (string, PickledDictionary part) && HoldsTensors(part))
                .Select(member => ((string)member.Key!, (PickledDictionary)member.Value!)),
        ];
        if (parts is [var first, var second, ..])
        {
            throw new FormatError(
                $"it holds {parts.Length} dictionaries of tensors, {FormatError.Quote(first.Name)} and "
                    + $"{FormatError.Quote(second.Name)} among them",
                $"save one of them, torch.save(torch.load(\"weights.pt\")[{FormatError.Quote(first.Name)}], "
                    + "\"new.pt\")"
            );
        }
        if (parts is not [var only])
        {
            throw new FormatError("it holds no dictionary of tensors", SaveDictionary);
        }
        if (whole.Members.Count > 1)
        {
            note($"The weights are those under {FormatError.Quote(only.Name)}; the rest was passed over.");
        }
        return only.Value;
    }

    private static bool HoldsTensors(PickledDictionary dictionary) =>
        dictionary.Members.Any(member => member is (string, View));

    private object? Find(string name) =>
        name switch
        {
            "collections.OrderedDict" => (Func<object?[], object?>)(
                arguments => arguments is [] ? new PickledDictionary() : throw Strange(name)
            ),
            "torch._utils._rebuild_tensor_v2" => (Func<object?[], object?>)(
                arguments => View.Of(arguments) ?? throw Strange("tensor")
            ),
            "torch._utils._rebuild_parameter" => (Func<object?[], object?>)(
                arguments => arguments is [View view, ..] ? view : throw Strange("parameter")
            ),
            "torch.FloatStorage" => TensorType.Float32,
            "torch.HalfStorage" => TensorType.Float16,
            "torch.BFloat16Storage" => TensorType.BFloat16,
            "torch.DoubleStorage" => TensorType.Float64,
            "torch.LongStorage" => TensorType.Find("I64"),
            "torch.IntStorage" => TensorType.Find("I32"),
            "torch.ShortStorage" => TensorType.Find("I16"),
            "torch.CharStorage" => TensorType.Find("I8"),
            "torch.ByteStorage" => TensorType.Find("U8"),
            "torch.BoolStorage" => TensorType.Find("BOOL"),
            _ => null,
        };

    private Storage Load(object? id)
    {
        if (
            id is not object?[] parts
            || parts is not ["storage", TensorType type, string key, _, long count, ..]
            || !_storages.TryGetValue(key, out var entry)
        )
        {
            throw Strange("storage");
        }
        if (count < 0 || count > entry.Length / type.Size)
        {
            throw new FormatError(
                $"its storage {FormatError.Quote(key)} has {entry.Length:#,0} bytes and should have "
                    + $"{count:#,0} values of {type.Size}",
                SaveDictionary
            );
        }
        if (_begins.TryAdd(key, _end))
        {
            _end += entry.Length;
        }
        return new(key, type, count);
    }

    private static FormatError Strange(string what) =>
        new($"its pickle has a {what} that is not as torch.save writes it", SaveDictionary);

    private static byte[] Encoded(ZipArchiveEntry entry)
    {
        if (entry.Length > MaxPickleLength)
        {
            throw new FormatError(
                $"its {FormatError.Quote(entry.Name)} takes {entry.Length:#,0} bytes and that of a dictionary of "
                    + $"tensors at most {MaxPickleLength:#,0}",
                SaveDictionary
            );
        }
        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }
}
