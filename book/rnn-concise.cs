#:project Recurrent.Book/Recurrent.Book.csproj

// Concise implementation of recurrent neural networks (Dive into Deep Learning, 8.6): the loop over time becomes a
// layer, and the model a line.
//
//   dotnet run book/rnn-concise.cs

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
const long Seed = 1;
const int BatchSize = 32;
const int Steps = 35;

var corpus = Corpus.FromText(text.Content, text.Options with { MaxTokens = 10_000 });
var vocabulary = corpus.Vocabulary;
var hiddenUnits = chapter.Quick ? 64 : 256;

// The layer knows the step and the loop over time, and computes both in one go, forward and backward. Its parameters
// have PyTorch's names, shapes and initial values; unlike those of the chapter before, the matrices are stored as
// (outputs, inputs).
Chapter.Section("The layer");

#region The layer
var layer = new RecurrentLayers("rnn", vocabulary.Count, hiddenUnits, RandomStream.Parameters(Seed));
foreach (var (name, value) in layer.Parameters)
{
    Console.WriteLine($"{name, -12} {value.Shape}");
}
#endregion

// It takes a whole minibatch and the state before it. What it gives is no prediction yet: the hidden state after each
// step, and the one after the last step again, to go on from.
Chapter.Section("Its shapes");

#region Its shapes
IReadOnlyList<Tensor> state = layer.ZeroState(BatchSize);
Tensor X = Tensor.Uniform(new RandomStream(Seed, 100), 1, Steps, BatchSize, vocabulary.Count);
var (Y, next) = layer.Forward(X, state);

Console.WriteLine($"X     {X.Shape}: steps, batch, vocabulary");
Console.WriteLine($"state {state[0].Shape}: batch, hidden");
Console.WriteLine($"Y     {Y.Shape}: steps, batch, hidden");
Console.WriteLine($"next  {next[0].Shape}: batch, hidden");
var last = Y[Steps - 1];
Console.WriteLine($"the last step of Y is the next state: {last.ToArray().SequenceEqual(next[0].ToArray())}");
#endregion

// A prediction takes a linear map on top, from hidden units to the vocabulary.
Chapter.Section("With an output");

#region With an output
var output = new Linear(hiddenUnits, vocabulary.Count, RandomStream.Parameters(Seed).Fork(100));
Console.WriteLine($"logits {output.Forward(Y).Shape}");
#endregion

// Layer and output together are a model of the library, in one line. It reads tokens: a one-hot vector times a matrix
// is a column of it, so the vectors need not be made.
Chapter.Section("Before training");

#region Before training
ILanguageModel model = LanguageModel.Create("rnn", vocabulary.Count, hiddenUnits, seed: Seed);
var generator = new TextGenerator(model, corpus.Codec, SamplingOptions.Greedy);

Console.WriteLine(text.Prefix + generator.Generate(text.Prefix, 10));
#endregion

// The Trainer does what the chapter before wrote out, with its settings by default: sequential partition, 32 rows of 35
// steps, learning rate 1, clipping to norm 1, 500 epochs.
Chapter.Section("Training");

#region Training
var options = new TrainerOptions { Epochs = chapter.Quick ? 4 : 500, Seed = Seed };
List<EpochReport> reports = [];
foreach (var report in new Trainer(model, corpus.Tokens, options).Run())
{
    reports.Add(report);
    if (chapter.Quick || report.Epoch % 50 == 0)
    {
        Console.WriteLine($"epoch {report.Epoch, 3}: perplexity {report.Perplexity:F3}");
    }
}
#endregion

chapter.Show(
    "rnn-concise-perplexity",
    new LineChart(
        "Training the concise RNN",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true },
        new Series(
            "",
            [.. reports.Select(report => (double)report.Epoch)],
            [.. reports.Select(report => report.Perplexity)]
        )
    )
);

Chapter.Section("After training");

#region After training
// A generator keeps the weights that it was made of.
generator = new TextGenerator(model, corpus.Codec, SamplingOptions.Greedy);
Console.WriteLine(text.Prefix + generator.Generate(text.Prefix, 50));
Console.WriteLine("traveller" + generator.Generate("traveller", 50));
#endregion
