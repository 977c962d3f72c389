using BenchmarkDotNet.Attributes;
using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Randomness;

namespace Recurrent.Benchmarks.Models;

/// <summary>A character of a long text that a model writes, the most likely one each time.</summary>
public class GenerationBenchmarks
{
    private const int Characters = 1000;
    private TextGenerator _generator = null!;

    public static IEnumerable<string> Kinds => LanguageModel.Kinds;

    [ParamsSource(nameof(Kinds))]
    public string Kind { get; set; } = "";

    [Params(256, 512)]
    public int Hidden { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var configuration = new ModelConfiguration
        {
            Kind = Kind,
            VocabularySize = Story.Corpus.Vocabulary.Count,
            HiddenSize = Hidden,
        };
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(seed: 1));
        _generator = new TextGenerator(model, Story.Corpus.Codec, SamplingOptions.Greedy);
    }

    [Benchmark(OperationsPerInvoke = Characters)]
    public int Character() => _generator.Stream("the miller", Characters).Sum(piece => piece.Length);
}
