using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Cli.Tests.Support;
using Recurrent.Text;

namespace Recurrent.Cli.Tests;

/// <summary>Models, checkpoints and token caches of an old program load, go on and speak as they did there.</summary>
public sealed class OldFilesTests : IDisposable
{
    private const string Model = ".safetensors";
    private const string Checkpoint = ".safetensors.checkpoint";
    private const string Tokens = ".safetensors.tokens";

    private static readonly string[] s_ownChance = ["--temperature", "--alpha", "--beams"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Kept =>
        [.. OldFiles.All.Select(file => file.Name).Where(name => File.Exists(OldFiles.PathOf(name)))];

    public static TheoryData<string> Models => Names(Model);

    public static TheoryData<string> Checkpoints => Names(Checkpoint);

    public static TheoryData<string> TokenCaches => Names(Tokens);

    public static TheoryData<string> PackedTexts => Names(".packed");

    public static TheoryData<string> OnnxFiles => Names(".onnx");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void There_are_some_of_each_sort() =>
        Assert.Equal(
            (13, 7, 2, 3, 13),
            (Models.Count, Checkpoints.Count, TokenCaches.Count, PackedTexts.Count, OnnxFiles.Count)
        );

    [Theory]
    [MemberData(nameof(Kept))]
    public void A_file_is_still_what_was_written(string file) =>
        Assert.Equal(HashOf(file), Hash(OldFiles.PathOf(file)));

    [Theory]
    [MemberData(nameof(PackedTexts))]
    public void A_packed_text_is_unpacked_and_packed_as_it_was(string file)
    {
        Assert.Equal(0, OldFiles.Run(OldFiles.Commands[file], _folder).ExitCode);
        Assert.Equal(HashOf(file), Hash(_folder[file]));
        var model = Path.ChangeExtension(file, Model);
        Assert.Equal(0, OldFiles.Run($"unpack {model} {file} --out again.txt", _folder).ExitCode);
        Assert.Equal(File.ReadAllBytes(OldFiles.PathOf("mixed.txt")), File.ReadAllBytes(_folder["again.txt"]));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_writes_and_measures_as_it_did(string file)
    {
        var differently = new StringBuilder();
        foreach (var (command, expected) in OldFiles.Transcript(Path.ChangeExtension(file, "txt")))
        {
            // A text that a model was not trained on, as far as is known, is now measured whole unless told otherwise.
            string[] more = command.StartsWith("evaluate imported", StringComparison.Ordinal)
                ? ["--validation", "0.1"]
                : SampledAsBefore(command);
            var result = OldFiles.Run(command, _folder, more: more);
            Assert.Equal((command, 0), (command, result.ExitCode));
            if (IsWrittenDifferently(command, expected))
            {
                Assert.DoesNotContain(Vocabulary.UnknownToken, result.Out);
                var isJson = command.Contains("--json", StringComparison.Ordinal);
                var output = isJson ? JsonLines(result.Out).ToJsonString() + "\n" : result.Out;
                differently.Append($"$ recurrent {command}\n{output}");
                continue;
            }
            if (!command.Contains("--json", StringComparison.Ordinal))
            {
                Assert.Equal((command, expected), (command, result.Out));
                continue;
            }
            var (old, actual) = (JsonLines(expected), JsonLines(result.Out));
            TakeBack(old, actual, hasBytes: file.Contains("bytes", StringComparison.Ordinal));
            JsonPart.AssertIn(old, actual, command);
        }
        if (differently.Length > 0)
        {
            Golden.Check(Path.ChangeExtension(file, "txt"), differently.ToString());
        }
    }

    /// <summary>
    /// Texts began after the unknown token and could hold it, and so could draws by chance; so did lines
    /// that were scored.
    /// </summary>
    private static bool IsWrittenDifferently(string command, string expected) =>
        command.StartsWith("generate", StringComparison.Ordinal)
            ? !command.Contains("--prefix", StringComparison.Ordinal) || expected.Contains(Vocabulary.UnknownToken)
            : command.StartsWith("score", StringComparison.Ordinal);

    /// <summary>Compressors are not ours to hold, and n-grams had one discount where they now have three.</summary>
    private static bool IsAnothersOrCounted(string baseline) =>
        baseline is "gzip" or "brotli" || baseline.EndsWith("-gram", StringComparison.Ordinal);

    /// <summary>Texts were greedy unless an option for sampling was given, and then had a temperature of 1.</summary>
    private static string[] SampledAsBefore(string command) =>
        !command.StartsWith("generate", StringComparison.Ordinal)
        || s_ownChance.Any(option => command.Contains(option, StringComparison.Ordinal))
            ? []
        : command.Contains("--seed", StringComparison.Ordinal) ? ["--temperature", "1"]
        : ["--greedy"];

    /// <summary>
    /// Takes back what has changed on purpose: an unknown token is charged for being spelled out, bytes are read after
    /// the byte of a line end, and inspect says how a text is read in the words of its options.
    /// </summary>
    private static void TakeBack(JsonArray old, JsonArray actual, bool hasBytes)
    {
        foreach (var (was, now) in old.Zip(actual, (was, now) => (was!.AsObject(), now!.AsObject())))
        {
            if (now.TryGetPropertyValue("spellingBits", out var spelled))
            {
                var more = spelled!.GetValue<double>();
                if (more > 0 || hasBytes)
                {
                    Assert.Equal(Number(was, "bits") + more, Number(now, "bits"), hasBytes ? 2 : 1e-9);
                    Replace(was, now, "bits", "bitsPerCharacter");
                }
            }
            else if (now.ContainsKey("unknown") && Number(now, "unknown") > 0)
            {
                Assert.True(Number(now, "bitsPerCharacter") > Number(was, "bitsPerCharacter"));
                Replace(was, now, "bitsPerCharacter", "bitsPerByte");
                if (was["confidence95"] is JsonObject interval)
                {
                    Replace(interval, now["confidence95"]!.AsObject(), "bitsPerCharacter");
                }
                foreach (var (before, after) in was["baselines"]!.AsArray().Zip(now["baselines"]!.AsArray()))
                {
                    Replace(before!.AsObject(), after!.AsObject(), "bitsPerCharacter", "bitsPerByte");
                }
            }
            else if (was["text"] is JsonObject text)
            {
                foreach (var name in (string[])["normalization", "lineJoin"])
                {
                    text[name] = ((string)text[name]!).ToLowerInvariant();
                }
            }
        }
    }

    private static double Number(JsonObject json, string name) => json[name]!.GetValue<double>();

    private static void Replace(JsonObject was, JsonObject now, params string[] names) =>
        Array.ForEach(names, name => now[name] = was[name]!.DeepClone());

    [Theory]
    [MemberData(nameof(Models))]
    public void The_same_command_makes_the_same_model_to_the_byte(string file)
    {
        var command = OldFiles.Commands[file];
        var result = OldFiles.Run(command, _folder, more: WithoutCounts(command));
        Assert.True(result.ExitCode == 0, result.Error);
        AssertSameModel(file);
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void A_training_goes_on_to_the_same_model_to_the_byte(string file)
    {
        var model = Path.ChangeExtension(file, null);
        File.Copy(OldFiles.PathOf(file), _folder[file]);
        var result = OldFiles.Run(OldFiles.Commands[model], _folder, more: ["--resume", "--json", "--no-counts"]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.DoesNotContain("\"epoch\":1,", result.Out); // it did not begin again
        Assert.False(File.Exists(_folder[file]));
        AssertSameModel(model);
    }

    [Theory]
    [MemberData(nameof(TokenCaches))]
    public void Tokens_that_were_kept_are_read_and_not_made_again(string file)
    {
        var model = Path.ChangeExtension(file, null);
        File.Copy(OldFiles.PathOf(file), _folder[file]);
        var before = new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(_folder[file], before);
        var result = OldFiles.Run(OldFiles.Commands[model], _folder, largeText: 0, more: "--no-counts");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(before, File.GetLastWriteTimeUtc(_folder[file]));
        AssertSameModel(model);
    }

    [Theory]
    [MemberData(nameof(OnnxFiles))]
    public void A_model_is_exported_as_it_was(string file)
    {
        var result = OldFiles.Run(OldFiles.Commands[file], _folder);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(HashOf(file), Hash(_folder[file]));
    }

    /// <summary>A model was a network alone.</summary>
    private static string[] WithoutCounts(string command) =>
        command.StartsWith("train", StringComparison.Ordinal) ? ["--no-counts"] : [];

    private void AssertSameModel(string file)
    {
        var (old, actual) = (new Safetensors(OldFiles.PathOf(file)), new Safetensors(_folder[file]));
        Assert.Equal(old.Tensors, actual.Tensors);
        foreach (var (name, value) in old.Metadata)
        {
            JsonPart.AssertIn(Parsed(value), Parsed(actual.Metadata[name]), $"{file}: {name}");
        }
    }

    private static TheoryData<string> Names(string extension) =>
        [.. OldFiles.All.Select(file => file.Name).Where(name => name.EndsWith(extension, StringComparison.Ordinal))];

    private static string HashOf(string file) => OldFiles.All.Single(one => one.Name == file).Hash;

    private static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    /// <summary>A string of the metadata, which holds JSON or a word.</summary>
    private static JsonNode? Parsed(JsonNode? metadata) =>
        (string?)metadata is ['{', ..] and var json ? JsonNode.Parse(json) : metadata?.DeepClone();

    /// <summary>One JSON object a line, without the model's path and what the runtime's compressors come to.</summary>
    private static JsonArray JsonLines(string output)
    {
        var lines = new JsonArray();
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var json = JsonNode.Parse(line)!.AsObject();
            json.Remove("model");
            (json["baselines"] as JsonArray)?.RemoveAll(one => IsAnothersOrCounted($"{one!["name"]}"));
            lines.Add((JsonNode)json);
        }
        return lines;
    }
}
