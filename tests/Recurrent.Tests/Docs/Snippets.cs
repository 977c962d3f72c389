// using Recurrent; goes without saying here.
using Recurrent.Adaptation;
using Recurrent.Batching;
using Recurrent.Compression;
using Recurrent.Decoding;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Layers;
using Recurrent.Models;
using Recurrent.Pictures;
using Recurrent.Randomness;
using Recurrent.Reports;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Docs;

/// <summary>
/// The C# of README.md, of the packages' readmes and of docs/tour.md, line for line, so that it is compiled and run.
/// </summary>
internal static class Snippets
{
    public static void Train()
    {
        var model = TextModel.Train("my.txt"); // with settings that suit the text, or TextModelOptions of your own
        Console.WriteLine(model.Generate("time traveller"));
        Console.WriteLine(model.Score("an odd line").BitsPerCharacter);
        model.Save("my.safetensors");
    }

    public static async Task Generate()
    {
        var model = TextModel.Load("my.safetensors"); // one model serves any number of threads
        await foreach (var piece in model.StreamAsync("time traveller", length: 50, new() { Temperature = 0.5 }))
        {
            Console.Write(piece);
        }
    }

    public static void Score()
    {
        var model = TextModel.Load("my.safetensors");
        foreach (var score in model.ScoreAll(["a line like those it knows", "%7Q~x"]))
        {
            Console.WriteLine($"{score.BitsPerCharacter:F2} bits per character: {score.Line}");
        }
    }

    public static void Report()
    {
        var session = new TrainingSession(Corpus.FromFile("my.txt"));
        foreach (var epoch in session.Run())
        {
            Console.WriteLine($"epoch {epoch.Epoch}: perplexity {epoch.Perplexity:F1}");
        }
        File.WriteAllText("report.html", TrainingReport.ToHtml(session));
    }

    public static void Chart()
    {
        double[] epochs = [1, 2, 3, 4, 5];
        var chart = new LineChart(
            "Perplexity by epoch",
            new Axis("epoch"),
            new Axis("perplexity") { IsLogarithmic = true },
            new Series("training", epochs, [21.0, 12.5, 8.1, 6.0, 5.2])
        );
        chart.Save("chart.svg");
    }

    public static void ReadText()
    {
        var corpus = Corpus.FromText("The Time Machine, by H. G. Wells [1898]", CorpusOptions.Book);
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
            RandomStream.Parameters(seed: 1),
            step: (x, state, p) =>
            {
                var H = Tensor.Relu(Tensor.MatMul(x, p[0]) + Tensor.MatMul(state.Parts[0], p[1]) + p[2]);
                return (Tensor.MatMul(H, p[3]) + p[4], new ModelState(H));
            }
        );
        return model;
    }

    public static void ReadWithLayers()
    {
        var lstm = new RecurrentLayers(
            "lstm",
            inputSize: 28,
            hiddenSize: 16,
            new RandomStream(1, 0),
            layers: 2,
            bidirectional: true
        );
        var tokens = Indices.From([3, 1, 4, 1, 5, 9], rows: 3, columns: 2); // three steps of two rows
        var (output, state) = lstm.Forward(tokens, lstm.ZeroState(batch: 2));
        Console.WriteLine(output.Shape); // (3, 2, 32): steps, batch, both directions' hidden units
        Console.WriteLine(state.Count); // 8: h and c of each layer and direction
    }

    public static ILanguageModel[] ModelsInOneLine()
    {
        var small = LanguageModel.Create("gru", vocabularySize: 28);
        var large = LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = "lstm",
                VocabularySize = 28,
                HiddenSize = 512,
                Layers = 2,
                EmbeddingSize = 64,
                Dropout = 0.2,
            },
            RandomStream.Parameters(seed: 1)
        );
        return [small, large];
    }

    public static async Task Sample(TrainedModel trained)
    {
        var sampling = new SamplingOptions
        {
            Temperature = 0.8,
            TopP = 0.95,
            StopStrings = ["\n"],
            Seed = 7,
        };
        var generator = new TextGenerator(trained.Model, trained.Codec, sampling);
        await foreach (var piece in generator.StreamAsync("the ", length: 40))
        {
            Console.Write(piece);
        }
    }

    public static void Fork(TrainedModel trained, SamplingOptions sampling)
    {
        var batch = new StreamBatch(trained.Model.CreateDecoder(), trained.Codec, slots: 3);
        var options = new StreamOptions { Length = 20, Sampling = sampling };
        var first = batch.Admit(trained.Codec.EncodePrompt("the "), options);
        batch.Step(); // reads the "t"
        batch.Fork(first, options with { Sample = 1 });
        batch.Fork(first, options with { Sample = 2 });
        var texts = new string[3];
        while (batch.Streams.Any(stream => stream.End is null))
        {
            foreach (var (stream, _, _, text, rest, _) in batch.Step())
            {
                texts[stream.Options.Sample] += text + rest;
            }
        }
        Console.WriteLine(string.Join("\n", texts));
    }

    public static void Adapt(TrainedModel trained, SamplingOptions sampling)
    {
        var reader = AdaptiveReader.Of(trained.Model);
        foreach (var token in trained.Codec.Encode("the miller of Dee"))
        {
            reader.Read(token);
        }
        Console.WriteLine(new TextGenerator(reader.Adapted(), trained.Codec, sampling).Generate("the ", length: 20));
    }

    public static void Measure(TrainedModel trained)
    {
        var (known, heldOut) = ("the miller sang a song of rye and ", "went to bed");
        var measured = ModelEvaluator.Measure(trained, heldOut);
        Console.WriteLine($"{measured.BitsPerCharacter:F2} bits per character");
        foreach (var baseline in ModelEvaluator.MeasureBaselines(trained.Codec, known, heldOut))
        {
            Console.WriteLine($"{baseline.Name} {baseline.BitsPerCharacter:F2}");
        }
    }

    public static void Pack(TrainedModel trained)
    {
        using var text = new MemoryStream("the miller sang a song of rye"u8.ToArray());
        using var packed = new MemoryStream();
        var size = new TextPacker(trained).Pack(text, packed);
        Console.WriteLine($"{size.PackedBytes} bytes instead of {size.TextBytes}");
    }
}
