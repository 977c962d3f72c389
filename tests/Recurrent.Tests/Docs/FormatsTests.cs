using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Recurrent.Tests.Formats;

namespace Recurrent.Tests.Docs;

/// <summary>What docs/formats.md shows is what the model file is.</summary>
public sealed class FormatsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_header_is_the_one_shown_and_its_strings_are_the_sections_shown()
    {
        var blocks = Blocks("json").Select(block => JsonNode.Parse(block)!.AsObject()).ToArray();
        Assert.Equal(2, blocks.Length);
        var (shown, sections) = (blocks[0], blocks[1]);

        RawSafetensors.Changed(file =>
        {
            foreach (var (name, section) in sections)
            {
                var held = JsonNode.Parse(file.Metadata[name]!.GetValue<string>())!;
                Assert.True(JsonNode.DeepEquals(held, section), held.ToJsonString());
                Assert.Equal(Keys(held), Keys(section!));
                file.Metadata[name] = "…";
            }
            Assert.True(JsonNode.DeepEquals(file.Header, shown), file.Header.ToJsonString());
            Assert.Equal(Keys(file.Header), Keys(shown));
            Assert.Equal(Keys(file.Metadata), Keys(shown["__metadata__"]!));
        });

        static IEnumerable<string> Keys(JsonNode node) => node.AsObject().Select(entry => entry.Key);
    }

    [Fact]
    public void The_weights_are_read_by_the_code_shown()
    {
        var trained = TinyModel.Create();
        var path = _folder["model.safetensors"];
        trained.Save(path);

        var weights = ReadWeights(path);

        Assert.Equal(trained.Model.Parameters.Select(parameter => parameter.Name), weights.Keys);
        foreach (var (name, value) in trained.Model.Parameters)
        {
            Assert.Equal(value.ToArray(), weights[name]);
        }
        var source = File.ReadAllText(Repository.PathOf("tests/Recurrent.Tests/Docs/FormatsTests.cs"));
        var indented = string.Concat(
            Assert
                .Single(Blocks("csharp"))
                .TrimEnd()
                .Split('\n')
                .Select(line => line.Length == 0 ? "\n" : $"        {line}\n")
        );
        Assert.Contains(indented, source, StringComparison.Ordinal);
    }

    private static Dictionary<string, float[]> ReadWeights(string path)
    {
        using var file = new BinaryReader(File.OpenRead(path));
        var header = JsonNode.Parse(file.ReadBytes((int)file.ReadUInt64()))!.AsObject();
        var weights = new Dictionary<string, float[]>();
        foreach (var (name, tensor) in header.Where(entry => entry.Key != "__metadata__"))
        {
            // In the order of the header, so each tensor's values are the next ones of the file.
            var length = (int)tensor!["data_offsets"]![1]! - (int)tensor["data_offsets"]![0]!;
            weights[name] = MemoryMarshal.Cast<byte, float>(file.ReadBytes(length)).ToArray();
        }
        return weights;
    }

    /// <summary>The blocks of a language in the document.</summary>
    private static IEnumerable<string> Blocks(string language) =>
        File.ReadAllText(Repository.PathOf("docs/formats.md"))
            .Split($"```{language}\n")
            .Skip(1)
            .Select(part => part.Split("```")[0]);
}
