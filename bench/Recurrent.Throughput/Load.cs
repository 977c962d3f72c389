using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Throughput;

/// <summary>A model of some size at work, through the library's public surface.</summary>
internal sealed record Load(string Kind, int Hidden, int Layers, int Vocabulary, int Embedding, int? Threads)
{
    private const int TokensPerEpoch = 10_000; // the chapter's
    private const int CharactersPerTurn = 500;

    /// <summary>Tokens per second of training, clipping and update included.</summary>
    public double Train(int batch, int steps)
    {
        using var epochs = Epochs(batch, steps, shards: 1).GetEnumerator();
        return SteadySpeed.Measure(() =>
        {
            epochs.MoveNext();
            return (epochs.Current.Tokens, epochs.Current.Elapsed);
        });
    }

    /// <summary>A training that goes on as long as it is asked for epochs.</summary>
    public IEnumerable<EpochReport> Epochs(int batch, int steps, int shards)
    {
        var minibatches = Math.Max(1, TokensPerEpoch / (batch * steps));
        var corpus = RandomText.Corpus(Vocabulary, (batch * steps * minibatches) + steps + batch);
        var options = new TrainerOptions
        {
            BatchSize = batch,
            Steps = steps,
            Epochs = TrainerOptions.MaxEpochs,
            Shards = shards,
        };
        return new Trainer(CreateModel(), corpus.Tokens, options).Run();
    }

    /// <summary>Characters per second of one stream, the most likely one each time.</summary>
    public double Generate()
    {
        var codec = RandomText.Corpus(Vocabulary, length: 1000).Codec;
        var generator = new TextGenerator(CreateModel(), codec, SamplingOptions.Greedy);
        return SteadySpeed.Measure(() =>
        {
            var start = TimeProvider.System.GetTimestamp();
            generator.Generate(prompt: "", CharactersPerTurn);
            return (CharactersPerTurn, TimeProvider.System.GetElapsedTime(start));
        });
    }

    /// <summary>Characters per second of several streams side by side, the most likely one each time.</summary>
    public double GenerateSideBySide(int streams)
    {
        var codec = RandomText.Corpus(Vocabulary, length: 1000).Codec;
        var generator = new TextGenerator(CreateModel(), codec, SamplingOptions.Greedy);
        var prefixes = new string[streams];
        Array.Fill(prefixes, "");
        return SteadySpeed.Measure(() =>
        {
            var start = TimeProvider.System.GetTimestamp();
            generator.GenerateAll(prefixes, CharactersPerTurn);
            return (streams * CharactersPerTurn, TimeProvider.System.GetElapsedTime(start));
        });
    }

    private ILanguageModel CreateModel() =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = Kind,
                VocabularySize = Vocabulary,
                HiddenSize = Hidden,
                Layers = Layers,
                EmbeddingSize = Embedding,
            },
            RandomStream.Parameters(seed: 1),
            Device.Cpu(Threads)
        );
}
