#:project Recurrent.Book/Recurrent.Book.csproj

// Bidirectional recurrent networks (Dive into Deep Learning, 9.4), and why they must not be used to predict what comes
// next.
//
//   dotnet run book/bidirectional-rnn.cs

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

// To fill a gap in a sentence it helps to read what stands after the gap. A bidirectional layer is two layers: one
// reads the sequence from its beginning, the other from its end, and the output at each step is both hidden states side
// by side. So it has read the whole sequence, the future as well as the past.
Chapter.Section("Two directions");

#region Two directions
RandomStream Stream(long seed) => new(seed, Stream: 0);
var both = new RecurrentLayers("lstm", vocabularySize, hiddenSize, Stream(1), bidirectional: true);
foreach (var (name, value) in both.Parameters)
{
    Console.WriteLine($"  {name, -20} {value.Shape}");
}

var forward = new RecurrentLayers("lstm", vocabularySize, hiddenSize, Stream(2));
var backward = new RecurrentLayers("lstm", vocabularySize, hiddenSize, Stream(3));
foreach (var (parameter, source) in both.Parameters.Zip(forward.Parameters.Concat(backward.Parameters)))
{
    parameter.Value.CopyFrom(source.Value);
}
using (GradientMode.Disable())
{
    const int Steps = 35;
    int[] tokens = corpus.Tokens[..Steps].ToArray(); // (steps, 1)
    var sequence = Indices.From(tokens, Steps, columns: 1);
    var backwards = Indices.From(tokens.Reverse().ToArray(), Steps, columns: 1);
    var (outputs, _) = both.Forward(sequence, both.ZeroState(batch: 1));
    var (onward, _) = forward.Forward(sequence, forward.ZeroState(batch: 1));
    var (reversed, _) = backward.Forward(backwards, backward.ZeroState(batch: 1));
    var same = true;
    for (var t = 0; t < Steps; t++)
    {
        same &= outputs[t].ToArray().AsSpan(..hiddenSize).SequenceEqual(onward[t].ToArray());
        same &= outputs[t].ToArray().AsSpan(hiddenSize..).SequenceEqual(reversed[Steps - 1 - t].ToArray());
    }
    Console.WriteLine($"output {outputs.Shape}");
    Console.WriteLine($"the same values as of two layers, the second on the reversed sequence: {same}");
}
#endregion

// Now the mistake that the book warns of: such a network as a language model. It has two layers, as the book's.
Chapter.Section("Training a bidirectional language model");

#region Training
var model = LanguageModel.Create(
    new ModelConfiguration
    {
        Kind = "lstm",
        VocabularySize = vocabularySize,
        HiddenSize = hiddenSize,
        Layers = 2,
        Bidirectional = true,
    },
    RandomStream.Parameters(seed: 1)
);
var settings = new TrainerOptions
{
    BatchSize = 32,
    Steps = 35,
    LearningRate = 1,
    ClipNorm = 1,
    Epochs = chapter.Quick ? 2 : 80,
};
List<double> perplexity = [];
foreach (var report in new Trainer(model, corpus.Tokens, settings).Run())
{
    perplexity.Add(report.Perplexity);
    if (report.Epoch == 1 || report.Epoch % 10 == 0 || report.Epoch == settings.Epochs)
    {
        Console.WriteLine($"epoch {report.Epoch, 3}  perplexity {report.Perplexity, 5:F2}");
    }
}
#endregion

// The perplexity is excellent, far better than any other chapter's after so few epochs. And the text that it writes is
// junk.
Chapter.Section("What it predicts");

#region Prediction
var generator = new TextGenerator(model, corpus.Codec, SamplingOptions.Greedy);
foreach (var prefix in new[] { text.Prefix, "the " })
{
    Console.WriteLine($"{prefix}{generator.Generate(prefix, length: 50)}");
}
#endregion

// In training, the token to predict after step t is the input of step t + 1, and the second direction has read that. So
// the network learns to look it up. Only at the last step of each minibatch was there nothing to look up. So the
// perplexity with the future at hand says nothing about prediction; this is what it is where the text ends with the
// step that is asked for:
Chapter.Section("The same model without the future");

#region Without the future
const int Window = 35; // steps
List<double> perStep = [];
using (GradientMode.Disable())
{
    var windows = Math.Min(250, (corpus.Tokens.Length - 1) / Window);
    var read = corpus.Tokens.Span[..(windows * Window)];
    var following = corpus.Tokens.Span.Slice(1, windows * Window);
    var x = Indices.Transposed(model.Device, read, windows, Window); // (steps, windows)
    int[] y = Indices.Transposed(model.Device, following, windows, Window).ToArray(); // (steps, windows)
    var (logits, _) = model.Forward(x, model.InitialState(windows)); // (steps · windows, V)
    for (var t = 0; t < Window; t++)
    {
        var labels = y.AsSpan(t * windows, windows);
        var loss = Tensor.SoftmaxCrossEntropy(logits.Slice(t * windows, windows), labels);
        perStep.Add(Math.Exp(loss.ToScalar()));
    }
}
foreach (var ahead in new[] { 34, 20, 10, 2, 1, 0 })
{
    Console.WriteLine($"{ahead, 2} characters of the future at hand: perplexity {perStep[Window - 1 - ahead], 5:F2}");
}
#endregion

Axis perplexityAxis = new("perplexity") { IsLogarithmic = true };
chapter.Show(
    "bidirectional-rnn-perplexity",
    new LineChart(
        "Two bidirectional layers: perplexity of each epoch",
        new Axis("epoch"),
        perplexityAxis,
        [Curve.PerEpoch("", perplexity)]
    )
);
double[] future = [.. Enumerable.Range(0, Window).Select(t => (double)(Window - 1 - t))];
chapter.Show(
    "bidirectional-rnn-future",
    new LineChart(
        "Perplexity by how much of the future the model sees",
        new Axis("characters of the future at hand"),
        perplexityAxis,
        [new Series("", future, perStep) { Style = SeriesStyle.Points }]
    )
);
