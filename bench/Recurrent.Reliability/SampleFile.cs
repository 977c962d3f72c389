using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Reliability;

/// <summary>A whole file, and how one of its kind is read.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Bytes">The file.</param>
/// <param name="PrepareRead">
/// Makes a reader of one file, which throws a <see cref="ModelFileException"/> for a wrong one and otherwise returns
/// its own check.
/// </param>
internal sealed record SampleFile(string Name, byte[] Bytes, Func<byte[], Func<Action>> PrepareRead)
{
    private const string Text =
        "the keeper lit the lamp at dusk and the lamp lit the sea and nothing at all but the gulls";

    private static readonly TrainerOptions s_options = new()
    {
        BatchSize = 2,
        Steps = 5,
        Epochs = 3,
        Optimizer = OptimizerKind.Adam,
        Validation = 0.2,
    };

    /// <summary>Models of every kind and a checkpoint, of one to thirty thousand bytes.</summary>
    public static IReadOnlyList<SampleFile> All(WorkFolder folder) =>
        [
            Model("scratch", new() { VocabularySize = 1, HiddenSize = 2 }, Tokenizer.Characters),
            Model(
                "rnn",
                new()
                {
                    Kind = "rnn",
                    VocabularySize = 1,
                    HiddenSize = 3,
                    Layers = 2,
                    Dropout = 0.1,
                },
                Tokenizer.Words
            ),
            Model(
                "gru",
                new()
                {
                    Kind = "gru",
                    VocabularySize = 1,
                    HiddenSize = 4,
                    Bidirectional = true,
                    EmbeddingSize = 5,
                },
                Tokenizer.Bytes
            ),
            Model(
                "lstm",
                new()
                {
                    Kind = "lstm",
                    VocabularySize = 1,
                    HiddenSize = 32,
                    EmbeddingSize = 32,
                    TiedWeights = true,
                },
                Tokenizer.Characters
            ),
            Model(
                "hybrid",
                new()
                {
                    Kind = "gru",
                    VocabularySize = 1,
                    HiddenSize = 4,
                },
                Tokenizer.Characters,
                hasCounts: true
            ),
            Checkpoint(folder),
        ];

    /// <summary>A model, with a vocabulary of the size that its text needs.</summary>
    private static SampleFile Model(
        string name,
        ModelConfiguration configuration,
        Tokenizer tokenizer,
        bool hasCounts = false
    )
    {
        var corpus = Corpus.FromText(Text, CorpusOptions.Book with { Tokenizer = tokenizer });
        var model = LanguageModel.Create(
            configuration with
            {
                VocabularySize = corpus.Vocabulary.Count,
            },
            RandomStream.Parameters(1)
        );
        if (hasCounts)
        {
            model = new MixedModel(model, NGramModel.Count(corpus.Tokens.Span, corpus.Vocabulary.Count));
        }
        var summary = new TrainingSummary
        {
            Epochs = 3,
            Tokens = 120,
            Perplexity = 1.5,
            Text = "keeper.txt",
            CorpusHash = corpus.Hash,
            Settings = [new("seed", "1"), new("sampler", "sequential")],
        };
        return new SampleFile(
            name,
            Save(new TrainedModel(model, corpus.Codec, summary)),
            file =>
                () =>
                {
                    var read = Load(file);
                    return () => RequireSame(Save(read), Save(Load(Save(read))));
                }
        );
    }

    private static SampleFile Checkpoint(WorkFolder folder)
    {
        var path = folder["checkpoint"];
        var trainer = Trainer();
        _ = trainer.Run().First();
        trainer.Observers.Add(new EachMinibatch(() => trainer.SaveCheckpoint(path)));
        _ = trainer.Run().First();
        return new SampleFile(
            "checkpoint",
            File.ReadAllBytes(path),
            file =>
            {
                File.WriteAllBytes(path, file);
                var reader = Trainer();
                return () =>
                {
                    reader.ResumeFrom(path);
                    return () => { };
                };
            }
        );
    }

    private static Trainer Trainer()
    {
        var tokens = Corpus.FromText(Text, CorpusOptions.Book).Tokens;
        var configuration = new ModelConfiguration
        {
            Kind = "gru",
            VocabularySize = 28,
            HiddenSize = 8,
        };
        return new Trainer(LanguageModel.Create(configuration, RandomStream.Parameters(1)), tokens, s_options);
    }

    private static byte[] Save(TrainedModel trained)
    {
        using var stream = new MemoryStream();
        trained.Save(stream);
        return stream.ToArray();
    }

    private static TrainedModel Load(byte[] file)
    {
        using var stream = new MemoryStream(file, writable: false);
        return TrainedModel.Load(stream);
    }

    private static void RequireSame(byte[] saved, byte[] again)
    {
        if (!saved.AsSpan().SequenceEqual(again))
        {
            throw new InvalidDataException("What was read is not what is read after it was saved.");
        }
    }

    private sealed class EachMinibatch(Action what) : ITrainingObserver
    {
        public void MinibatchEnded() => what();
    }
}
