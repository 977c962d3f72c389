using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Recurrent.Tests.Formats;

/// <summary>A safetensors file in its parts, to be changed and put together again, right or wrong.</summary>
internal sealed class RawSafetensors
{
    public required JsonObject Header { get; init; }

    public required byte[] Data { get; set; }

    public JsonObject Metadata => Header["__metadata__"]!.AsObject();

    /// <summary>The tiny model's file, changed.</summary>
    public static byte[] Changed(Action<RawSafetensors> change)
    {
        var file = TinyModel.Save(TinyModel.Create());
        var (header, data) = Parse(file);
        var parts = new RawSafetensors { Header = header, Data = file[data..] };
        change(parts);
        return Join(parts.Header.ToJsonString(), parts.Data);
    }

    /// <summary>A file's header, and where its data begin.</summary>
    public static (JsonObject Header, int Data) Parse(byte[] file)
    {
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        return (JsonNode.Parse(file.AsSpan(8, length))!.AsObject(), 8 + length);
    }

    /// <summary>The tiny model's file with another entry for the tensor W_hh.</summary>
    public static byte[] WithTensor(string json) => Changed(file => file.Header["W_hh"] = JsonNode.Parse(json));

    /// <summary>The tiny model's file with one member of a section changed; null takes it away.</summary>
    public static byte[] WithMember(string section, string member, string? json) =>
        Changed(file =>
        {
            var members = JsonNode.Parse(file.Metadata[section]!.GetValue<string>())!.AsObject();
            if (json is null)
            {
                members.Remove(member);
            }
            else
            {
                members[member] = JsonNode.Parse(json);
            }
            file.Metadata[section] = members.ToJsonString();
        });

    public static byte[] Join(string header, params byte[] data) => Join(Encoding.UTF8.GetBytes(header), data);

    public static byte[] Join(byte[] header, params byte[] data) => Join((ulong)header.Length, header, data);

    public static byte[] Join(ulong headerLength, byte[] header, params byte[] data)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, headerLength);
        return [.. prefix, .. header, .. data];
    }
}
