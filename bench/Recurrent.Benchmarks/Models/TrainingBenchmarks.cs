using BenchmarkDotNet.Attributes;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Training;

namespace Recurrent.Benchmarks.Models;

/// <summary>
/// Steps of training, clipping and update included, each on 32 rows of 35 characters. What an epoch allocates once is
/// in the memory of its steps, so a step of a long epoch shows what a step allocates.
/// </summary>
public class TrainingBenchmarks
{
    private const int StepsOfShortEpoch = 8; // once through the story
    private const int Times = 8;
    private IEnumerator<EpochReport> _shortEpochs = null!;
    private IEnumerator<EpochReport> _longEpochs = null!;

    public static IEnumerable<string> Kinds => LanguageModel.Kinds;

    [ParamsSource(nameof(Kinds))]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        var story = Story.Corpus.Tokens.ToArray();
        _shortEpochs = Epochs(story);
        _longEpochs = Epochs(Enumerable.Repeat(story, Times).SelectMany(tokens => tokens).ToArray());
    }

    [Benchmark(OperationsPerInvoke = StepsOfShortEpoch)]
    public bool StepOfShortEpoch() => _shortEpochs.MoveNext();

    [Benchmark(OperationsPerInvoke = StepsOfShortEpoch * Times)]
    public bool StepOfLongEpoch() => _longEpochs.MoveNext();

    private IEnumerator<EpochReport> Epochs(int[] tokens)
    {
        var configuration = new ModelConfiguration
        {
            Kind = Kind,
            VocabularySize = Story.Corpus.Vocabulary.Count,
            HiddenSize = 256,
        };
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(seed: 1));
        var options = new TrainerOptions { Epochs = TrainerOptions.MaxEpochs };
        return new Trainer(model, tokens, options).Run().GetEnumerator();
    }
}
