using Recurrent.Compression;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Ranges;
using Recurrent.Reports;
using Recurrent.Text;
using Recurrent.Training;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Output;

/// <summary>The contents of a model file, printed.</summary>
internal static class InspectionOutput
{
    private const int HashDigits = 12; // enough to tell two hashes apart by eye

    /// <summary>Returns the lines for people.</summary>
    public static IEnumerable<string> Lines(TrainedModel trained)
    {
        var configuration = trained.Model.Configuration;
        var parameters = Parameters(trained);
        yield return $"kind          {configuration.Kind}";
        yield return $"hidden        {configuration.HiddenSize:#,0}";
        yield return $"layers        {configuration.Layers}{(configuration.Bidirectional ? ", bidirectional" : "")}";
        yield return $"embedding     {Embedding(configuration)}";
        if (configuration.Features is { } features)
        {
            yield return $"features      {features.Rows:#,0} rows of each, dropped with probability {features.Dropout}"
                + $"{(features.HasWords ? "" : ", none of words")}";
        }
        yield return $"dropout       {configuration.Dropout}";
        if (configuration.InitialDeviation is { } deviation)
        {
            yield return $"sigma         {deviation}";
        }
        foreach (var (name, option) in configuration.Options)
        {
            yield return $"{name, -13} {option}";
        }
        foreach (var (i, network) in trained.Networks.Index().Skip(1))
        {
            yield return $"network {i + 1, -5} {network.Configuration.Kind}: {ModelText.Parts(network.Configuration)}";
        }
        yield return $"weights       {parameters.Sum(parameter => (long)parameter.Count):#,0}";
        var longest = parameters.Max(parameter => parameter.Name.Length);
        foreach (var one in parameters)
        {
            var shape = $"({string.Join(", ", one.Shape)})";
            var hash = one.Hash[..("sha256:".Length + HashDigits)];
            yield return $"  {one.Name.PadRight(longest)}  {shape, -14}  norm {one.Norm, -9:0.0000}  "
                + $"largest {one.Largest, -8:0.0000}  {hash}";
        }
        if (CountsOf(trained) is { } counts)
        {
            yield return $"counts        {counts.Entries:#,0} n-grams of up to {counts.Order} tokens, "
                + $"with the weight {counts.Weight:0.###}";
        }
        yield return $"hash          {TextPacker.NameOf(trained)}";
        var codec = trained.Codec;
        yield return $"text          {TextOptions(codec)}";
        yield return $"vocabulary    {Sentences.Amount(codec.Vocabulary.Count, "entries")}: {Vocabulary(trained)}";
        var training = trained.Training;
        yield return $"trained on    {training.Text ?? "a text without a name"}, "
            + $"{training.CorpusHash ?? "of unknown hash"}";
        yield return $"epochs        {training.Epochs:#,0}, {Sentences.Amount(training.Tokens, "tokens")}";
        yield return $"perplexity    {(training.Perplexity is { } known ? Figures.Perplexity(known) : "unknown")}";
        if (training.ValidationPerplexity is { } validation)
        {
            yield return $"validation    perplexity {Figures.Perplexity(validation)}"
                + (
                    training.NetworkValidationPerplexity is { } alone
                        ? $", {Figures.Perplexity(alone)} of the network{(trained.Networks.Count > 1 ? "s" : "")} without counts"
                        : ""
                );
        }
        if (training.HeldOutLines is { } lines)
        {
            var rates = lines.Thresholds.Select(one => $"{one.BitsPerCharacter:0.00} ({one.Rate:0.######})");
            yield return $"lines         {lines.Count:#,0} held out; bits per character (of what share): "
                + string.Join(", ", rates);
        }
        var setting = training.Settings.Select(pair => pair.Key.Length).DefaultIfEmpty().Max();
        foreach (var (name, value) in training.Settings)
        {
            yield return $"  {name.PadRight(setting)}  {value}";
        }
    }

    /// <summary>Prints one JSON object.</summary>
    public static void WriteJson(TrainedModel trained, string path, TextWriter output)
    {
        var (codec, training) = (trained.Codec, trained.Training);
        var normalizer = codec.Normalizer;
        var parameters = Parameters(trained);
        JsonLine.Write(
            output,
            new InspectionJson(
                path,
                TextPacker.NameOf(trained),
                trained.Model.Configuration,
                trained.Networks.Count > 1 ? [.. trained.Networks.Select(network => network.Configuration)] : null,
                parameters.Sum(parameter => (long)parameter.Count),
                parameters,
                CountsOf(trained),
                new(
                    codec.Tokenizer.Name,
                    TextSection.NameOf(normalizer.Normalization),
                    TextSection.NameOf(normalizer.LineJoin),
                    TextSection.NameOf(normalizer.LineEnds)
                ),
                [
                    .. codec.Vocabulary.Tokens.Zip(
                        codec.Vocabulary.Frequencies,
                        (token, frequency) => new InspectionJson.Entry(token, frequency)
                    ),
                ],
                new(
                    training.Text,
                    training.CorpusHash,
                    training.Epochs,
                    training.Tokens,
                    JsonLine.Finite(training.Perplexity),
                    JsonLine.Finite(training.ValidationPerplexity),
                    JsonLine.Finite(training.NetworkValidationPerplexity),
                    training.HeldOutLines is { } lines
                        ? new(
                            lines.Count,
                            [
                                .. lines.Thresholds.Select(one => new InspectionJson.Threshold(
                                    one.Rate,
                                    one.BitsPerCharacter
                                )),
                            ]
                        )
                        : null,
                    training.Settings.ToDictionary(pair => pair.Key, pair => pair.Value)
                )
            )
        );
    }

    /// <summary>How a text becomes tokens, as the options that say so.</summary>
    private static string TextOptions(TextCodec codec)
    {
        var options = new CorpusOptions
        {
            Tokenizer = codec.Tokenizer,
            Normalization = codec.Normalizer.Normalization,
            LineJoin = codec.Normalizer.LineJoin,
            LineEnds = codec.Normalizer.LineEnds,
        };
        string[] kept = ["tokens", "normalize", "lines", "line-ends"];
        var choices = new SettingChoices(options.Normalization);
        return string.Join(
            ' ',
            TextSettings
                .OfWholeText.Where(row => kept.Contains(row.Name) && row.Refusal(choices) is null)
                .Select(row => $"{row.Option} {row.TextOf(options)}")
        );
    }

    /// <summary>The counts that the network is mixed with; null for none.</summary>
    private static InspectionJson.CountFacts? CountsOf(TrainedModel trained) =>
        trained.Model is MixedModel { Second: NGramModel counts } hybrid
            ? new(counts.Order, counts.Entries, Math.Round(1 - hybrid.Weight, 12))
            : null;

    private static ParameterFacts[] Parameters(TrainedModel trained) =>
        [.. trained.Parameters.Select(ParameterFacts.Of)];

    private static string Embedding(ModelConfiguration configuration) =>
        configuration.EmbeddingSize == 0 ? "none, one-hot input"
        : configuration.TiedWeights ? $"{configuration.EmbeddingSize:#,0}, shared with the output"
        : $"{configuration.EmbeddingSize:#,0}";

    private static string Vocabulary(TrainedModel trained)
    {
        const int MaxShown = 20;
        var tokens = trained.Codec.Vocabulary.Tokens;
        var shown = string.Join(' ', tokens.Take(MaxShown).Select(token => $"\"{token}\""));
        return tokens.Count > MaxShown ? $"{shown} …" : shown;
    }
}

/// <summary>The contents of a model file.</summary>
internal sealed record InspectionJson(
    string Model,
    string ModelHash,
    ModelConfiguration Configuration,
    IReadOnlyList<ModelConfiguration>? Networks,
    long Weights,
    IReadOnlyList<ParameterFacts> Parameters,
    InspectionJson.CountFacts? Counts,
    InspectionJson.TextFacts Text,
    IReadOnlyList<InspectionJson.Entry> Vocabulary,
    InspectionJson.TrainingFacts Training
)
{
    /// <summary>How a text becomes tokens, in the words of its options.</summary>
    internal sealed record TextFacts(string Tokenizer, string Normalization, string LineJoin, string LineEnds);

    /// <summary>The counts: length and number of their n-grams, and their weight in the mixture.</summary>
    internal sealed record CountFacts(int Order, long Entries, double Weight);

    /// <summary>An entry of the vocabulary.</summary>
    internal sealed record Entry(string Token, long Frequency);

    /// <summary>The training run.</summary>
    internal sealed record TrainingFacts(
        string? Text,
        string? CorpusHash,
        int Epochs,
        long Tokens,
        double? Perplexity,
        double? ValidationPerplexity,
        double? NetworkValidationPerplexity,
        LineFacts? HeldOutLines,
        IReadOnlyDictionary<string, string> Settings
    );

    /// <summary>The lines that the training run held out.</summary>
    internal sealed record LineFacts(int Count, IReadOnlyList<Threshold> Thresholds);

    /// <summary>The bits per character that this share of the lines exceeds.</summary>
    internal sealed record Threshold(double Rate, double BitsPerCharacter);
}
