using Recurrent.Batching;
using Recurrent.Generation;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Docs;

/// <summary>The C# of README.md and docs/tour.md, line for line, so that it is compiled and run.</summary>
internal static class Snippets
{
    public static void Train()
    {
        var corpus = Corpus.FromFile("my.txt");
        var model = new RnnFromScratch(
            new ModelConfiguration { VocabularySize = corpus.Vocabulary.Count, HiddenSize = 256 },
            RandomStreams.Parameters(seed: 1)
        );
        var trainer = new Trainer(model, corpus.Tokens, new TrainerOptions { Epochs = 100 });
        foreach (var report in trainer.Run())
        {
            Console.WriteLine($"epoch {report.Epoch}: perplexity {report.Perplexity:F1}");
        }
        new TrainedModel(model, corpus.Codec, new TrainingSummary { Epochs = 100 }).Save("my.safetensors");
    }

    public static void Generate()
    {
        var trained = TrainedModel.Load("my.safetensors");
        var generator = new TextGenerator(trained.Model, trained.Codec);
        Console.WriteLine(generator.Generate("time traveller", length: 50));
    }

    public static void ReadText()
    {
        var corpus = Corpus.FromText("The Time Machine, by H. G. Wells [1898]");
        Console.WriteLine(corpus.Codec.Decode(corpus.Tokens.Span)); // the time machine by h g wells
        Console.WriteLine(corpus.Vocabulary.Tokens[2]); // e, the commonest after the space
    }

    public static void CutMinibatches()
    {
        int[] tokens = [.. Enumerable.Range(0, 35)];
        var sampler = new SequentialPartition(batchSize: 2, steps: 5);
        foreach (var minibatch in sampler.Epoch(tokens, new RandomStream(1, 0), epoch: 1))
        {
            Console.WriteLine(string.Join(' ', minibatch.X.ToArray()));
            Console.WriteLine(string.Join(' ', minibatch.Y.ToArray()));
        }
    }

    public static void Differentiate()
    {
        var x = Tensor.From([1, 2, 3], 3).RequireGradient();
        (x * x).Sum().Backward();
        Console.WriteLine(x.Gradient); // Tensor(3) [2, 4, 6]
    }

    public static RnnFromScratch StepOfYourOwn()
    {
        var model = new RnnFromScratch(
            new ModelConfiguration { VocabularySize = 28, HiddenSize = 64 },
            RandomStreams.Parameters(seed: 1),
            step: (x, state, p) =>
            {
                var H = Tensor.Relu(Tensor.MatMul(x, p[0]) + Tensor.MatMul(state.Parts[0], p[1]) + p[2]);
                return (Tensor.MatMul(H, p[3]) + p[4], new ModelState(H));
            }
        );
        return model;
    }
}
