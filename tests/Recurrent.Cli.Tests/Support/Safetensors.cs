using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Recurrent.Cli.Tests.Support;

/// <summary>A safetensors file, read without the library, whose reader and writer might be wrong together.</summary>
internal sealed class Safetensors
{
    private const string MetadataName = "__metadata__";

    /// <summary>Reads a file.</summary>
    public Safetensors(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var data = sizeof(long) + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(sizeof(long)..data))!.AsObject();
        Metadata = header[MetadataName]!.AsObject();
        foreach (var (name, entry) in header.Where(entry => entry.Key != MetadataName))
        {
            var (from, to) = ((int)entry!["data_offsets"]![0]!, (int)entry["data_offsets"]![1]!);
            var shape = string.Join(", ", entry["shape"]!.AsArray());
            Tensors.Add(
                string.Create(CultureInfo.InvariantCulture, $"{name} ({shape}) of {entry["dtype"]}"),
                Convert.ToHexString(bytes, data + from, to - from)
            );
        }
    }

    /// <summary>The strings of the metadata.</summary>
    public JsonObject Metadata { get; }

    /// <summary>The bytes of each tensor in hexadecimal, by its name, shape and type.</summary>
    public SortedDictionary<string, string> Tensors { get; } = new(StringComparer.Ordinal);
}
