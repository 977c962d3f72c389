using Recurrent.Decoding;
using Recurrent.Formats;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Docs;

/// <summary>The examples in the comments of members, line for line, so that they are compiled.</summary>
internal static class Examples
{
    public static void Model()
    {
        var model = TextModel.Train("names.txt");
        Console.WriteLine(model.Generate());
        model.Save("names.safetensors");
    }

    public static TextModel Imported()
    {
        var imported = new TextModel(TrainedModel.ImportPyTorch("weights.safetensors", "vocabulary.json"));
        return imported;
    }

    public static void Parts(TextModel model)
    {
        Console.WriteLine(model.Trained.Training.ValidationPerplexity);
        model.Trained.ExportOnnx("names.onnx");
    }

    public static TextModel Train(CancellationToken cancellationToken)
    {
        var model = TextModel.Train(
            "names.txt",
            new() { Budget = TimeSpan.FromSeconds(30) },
            new Progress<EpochReport>(epoch => Console.WriteLine(epoch.ValidationPerplexity)),
            cancellationToken
        );
        return model;
    }

    public static TextModel TrainOn(string text)
    {
        var words = new CorpusOptions { Tokenizer = Tokenizer.Words };
        var model = TextModel.Train(Corpus.FromText(text, words));
        return model;
    }

    public static TextModel Load()
    {
        var model = TextModel.Load("names.safetensors");
        return model;
    }

    public static void Save(TextModel model)
    {
        model.Save("names.safetensors");
    }

    public static string Generate(TextModel model)
    {
        var name = model.Generate(sampling: new() { Seed = 7, StopStrings = ["\n"] });
        return name;
    }

    public static IReadOnlyList<string> GenerateAll(TextModel model)
    {
        var names = model.GenerateAll(["", "", "An"], sampling: new() { StopStrings = ["\n"] });
        return names;
    }

    public static void Stream(TextModel model)
    {
        foreach (var piece in model.Stream("the miller ", length: 100))
        {
            Console.Write(piece);
        }
    }

    public static async Task StreamAsync(TextModel model)
    {
        await foreach (var piece in model.StreamAsync("the miller ", length: 100))
        {
            Console.Write(piece);
        }
    }

    public static bool Score(TextModel model)
    {
        var odd = model.Score("Xqzkw").BitsPerCharacter > 4;
        return odd;
    }

    public static object? ScoreAll(TextModel model)
    {
        var oddest = model.ScoreAll(File.ReadAllLines("names.txt")).MaxBy(score => score.BitsPerCharacter);
        return oddest;
    }

    public static float Embed(TextModel model)
    {
        var vectors = model.Embed(["Anna", "Hannah"]);
        var similarity = vectors[0].Zip(vectors[1], (a, b) => a * b).Sum();
        return similarity;
    }

    public static TextModelOptions Options()
    {
        var options = new TextModelOptions
        {
            Budget = TimeSpan.FromMinutes(3),
            Plan = plan => plan with { Trainer = plan.Trainer with { Seed = 7 } },
            Session = new() { CheckpointPath = "names.checkpoint" },
        };
        return options;
    }

    public static SamplingOptions[] Sampling()
    {
        var bold = new SamplingOptions { Temperature = 1.1, TopP = 0.95 };
        var likeliest = SamplingOptions.Greedy;
        return [bold, likeliest];
    }

    public static void Generator(TrainedModel trained)
    {
        var generator = new TextGenerator(trained.Model, trained.Codec); // or SamplingOptions of your own
        Console.WriteLine(generator.Generate("the miller"));
    }

    public static bool OddLine(TextModel model)
    {
        var most = model.Trained.Training.HeldOutLines!.ThresholdOf(rate: 0.01);
        var odd = model.Score("an odd line").BitsPerCharacter > most;
        return odd;
    }
}
