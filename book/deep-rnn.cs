#:project Recurrent.Book/Recurrent.Book.csproj

// Deep recurrent networks (Dive into Deep Learning, 9.3): layers one upon another.
//
//   dotnet run book/deep-rnn.cs

using Recurrent.Book;
using Recurrent.Decoding;
using Recurrent.Layers;
using Recurrent.Models;
using Recurrent.Pictures;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

var chapter = Chapter.Open(args);
var text = chapter.ReadText();
var corpus = Corpus.FromText(text.Content, text.Options with { MaxTokens = chapter.Quick ? 2_000 : 10_000 });
var vocabularySize = corpus.Vocabulary.Count; // V
var hiddenSize = chapter.Quick ? 16 : 256; // H
Console.WriteLine(
    $"{corpus.Tokens.Length:N0} characters, {vocabularySize} vocabulary entries, {hiddenSize} hidden units"
);

// A recurrent network can be made deeper by giving the hidden states of one recurrent layer, a sequence as well, to a
// second one as its input. Each layer keeps a state of its own. So a stack of two layers does what the two do one after
// the other:
Chapter.Section("Two layers are one after the other");

#region Two layers
RandomStream Stream(long seed) => new(seed, Stream: 0);
var lower = new RecurrentLayers("lstm", vocabularySize, hiddenSize, Stream(1));
var upper = new RecurrentLayers("lstm", inputSize: hiddenSize, hiddenSize, Stream(2));
var deep = new RecurrentLayers("lstm", vocabularySize, hiddenSize, Stream(3), layers: 2);
foreach (var (parameter, source) in deep.Parameters.Zip(lower.Parameters.Concat(upper.Parameters)))
{
    parameter.Value.CopyFrom(source.Value);
    Console.WriteLine($"  {parameter.Name, -12} {parameter.Value.Shape}");
}

using (GradientMode.Disable())
{
    var (steps, batch) = (35, 2);
    var tokens = Indices.From(corpus.Tokens.Span[..(steps * batch)], steps, batch);
    var (states, _) = lower.Forward(tokens, lower.ZeroState(batch));
    var (outputs, _) = upper.Forward(states, upper.ZeroState(batch));
    var (deepOutputs, deepState) = deep.Forward(tokens, deep.ZeroState(batch));
    Console.WriteLine(
        $"output {deepOutputs.Shape}; the state, h and c of each layer: {deepState.Count} of {deepState[0].Shape}"
    );
    Console.WriteLine(
        $"the same values as one after the other: {deepOutputs.ToArray().SequenceEqual(outputs.ToArray())}"
    );
}
#endregion

// The concise model of two layers is the one of the last chapter with one number changed. The learning rate is the
// book's for this chapter: 2.
Chapter.Section("Training");

#region Training
var model = LanguageModel.Create(
    new ModelConfiguration
    {
        Kind = "lstm",
        VocabularySize = vocabularySize,
        HiddenSize = hiddenSize,
        Layers = 2,
    },
    RandomStream.Parameters(seed: 1)
);
Console.WriteLine($"{model.Parameters.Sum(parameter => parameter.Value.Count):N0} weights");
Console.WriteLine($"untrained: {Predict()}");

var settings = new TrainerOptions
{
    BatchSize = 32,
    Steps = 35,
    LearningRate = 2,
    ClipNorm = 1,
    Epochs = chapter.Quick ? 2 : 225,
};
List<double> perplexity = [];
foreach (var report in new Trainer(model, corpus.Tokens, settings).Run())
{
    perplexity.Add(report.Perplexity);
    if (report.Epoch == 1 || report.Epoch % 50 == 0 || report.Epoch == settings.Epochs)
    {
        Console.WriteLine($"epoch {report.Epoch, 3}  perplexity {report.Perplexity, 5:F2}");
    }
}
Console.WriteLine($"trained:   {Predict()}");
#endregion

string Predict() =>
    text.Prefix + new TextGenerator(model, corpus.Codec, SamplingOptions.Greedy).Generate(text.Prefix, length: 50);

chapter.Show(
    "deep-rnn-perplexity",
    new LineChart(
        "Two layers of LSTM: perplexity of each epoch",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true },
        [Curve.PerEpoch("", perplexity)]
    )
);
