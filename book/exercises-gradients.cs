#:project Recurrent.Book/Recurrent.Book.csproj

// Exercises (Dive into Deep Learning, 8.5), third part: training without clipping, with ReLU, and without detaching.
// Up to twelve minutes on two cores: the first has the section's own sizes.
//
//   dotnet run book/exercises-gradients.cs

using Recurrent.Batching;
using Recurrent.Book;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Pictures;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;
using StepFunction = System.Func<
    Recurrent.Tensors.Tensor,
    Recurrent.Models.ModelState,
    System.Collections.Generic.IReadOnlyList<Recurrent.Tensors.Tensor>,
    (Recurrent.Tensors.Tensor Y, Recurrent.Models.ModelState State)
>;

var chapter = Chapter.Open(args);
var text = chapter.ReadText();
var corpus = Corpus.FromText(text.Content, text.Options with { MaxTokens = chapter.Quick ? 2_000 : 10_000 });

// The network and the training of the section, from scratch, with its sizes.
#region Sizes
var (hiddenSize, epochs) = chapter.Quick ? (16, 2) : (512, 500);
var configuration = new ModelConfiguration { VocabularySize = corpus.Vocabulary.Count, HiddenSize = hiddenSize };
#endregion

// Exercise: train without clipping the gradient.
Chapter.Section("Without clipping");

#region Without clipping
List<Series> curves = [];
Run("tanh", RnnFromScratch.Step);
#endregion

// Four training runs, two at a time, one thread each.
#region Training
void Run(string name, StepFunction step)
{
    (string Name, double? ClipNorm, double LearningRate)[] runs =
    [
        ($"{name}, clipped", 1, 1),
        ($"{name}, not clipped", null, 1),
        ($"{name}, clipped", 1, 2),
        ($"{name}, not clipped", null, 2),
    ];
    foreach (
        var (curve, lines) in runs.AsParallel()
            .AsOrdered()
            .Select(run => RunOne(run.Name, step, run.ClipNorm, run.LearningRate))
    )
    {
        lines.ForEach(Console.WriteLine);
        curves.Add(curve);
    }
}

(Series Curve, List<string> Lines) RunOne(string name, StepFunction step, double? clipNorm, double learningRate)
{
    var model = new RnnFromScratch(
        configuration,
        RandomStream.Parameters(seed: 1),
        step: step,
        device: Device.Cpu(threads: 1)
    );
    var options = new TrainerOptions
    {
        Epochs = epochs,
        ClipNorm = clipNorm,
        LearningRate = learningRate,
    };
    List<double> perplexity = [];
    List<string> lines = [$"{name}, learning rate {learningRate}:"];
    try
    {
        foreach (var report in new Trainer(model, corpus.Tokens, options).Run())
        {
            perplexity.Add(Math.Min(report.Perplexity, double.MaxValue)); // a picture has no place for infinity
            if (report.Epoch == 1 || report.Epoch % 100 == 0)
            {
                var (epoch, norm) = (report.Epoch, report.GradientNorm);
                lines.Add($"  epoch {epoch, 3}  perplexity {report.Perplexity, 9:G4}  gradient's norm {norm, 9:G3}");
            }
        }
    }
    catch (TrainingDivergedException e)
    {
        lines.Add($"  {e.Message}");
    }
    return (Curve.PerEpoch(name, perplexity), lines);
}
#endregion

// Exercise: ReLU in place of tanh. tanh keeps each hidden unit between −1 and 1; ReLU keeps nothing in bounds from
// above.
Chapter.Section("ReLU in place of tanh");

#region ReLU
static (Tensor Y, ModelState State) ReluStep(Tensor X, ModelState state, IReadOnlyList<Tensor> parameters)
{
    var (W_xh, W_hh, b_h) = (parameters[0], parameters[1], parameters[2]);
    var (W_hq, b_q) = (parameters[3], parameters[4]);
    var H = Tensor.Relu(Tensor.MatMul(X, W_xh) + Tensor.MatMul(state.Parts[0], W_hh) + b_h);
    return (Tensor.MatMul(H, W_hq) + b_q, new ModelState(H));
}

Run("ReLU", ReluStep);
#endregion

// Exercise: do not detach the hidden state from the graph between minibatches. Written down without further thought,
// that fails: the way back from the second minibatch leads into the first, which was gone already and whose
// intermediate values are no more.
Chapter.Section("Without detaching");

#region Not detaching
var smaller = configuration with { HiddenSize = hiddenSize / 2 }; // going back further takes its time
var sampler = new SequentialPartition(batchSize: 32, steps: 35);
static Indices Read(ReadOnlyMemory<int> tokens, Minibatch of) =>
    Indices.From(Device.Default, tokens.Span, of.Steps, of.Batch);

try
{
    var model = new RnnFromScratch(smaller, RandomStream.Parameters(seed: 1));
    var state = model.InitialState(sampler.BatchSize);
    foreach (var minibatch in sampler.Epoch(corpus.Tokens, RandomStream.Batching(seed: 1), epoch: 1))
    {
        (var logits, state) = model.Forward(Read(minibatch.X, minibatch), state);
        Tensor.SoftmaxCrossEntropy(logits, Read(minibatch.Y, minibatch)).Backward();
    }
}
catch (InvalidOperationException e)
{
    Console.WriteLine(e.Message);
}
#endregion

// Nor would those values be right: the weights have changed since. So the earlier minibatches of the epoch are read
// again, with the weights of now, and the gradient goes back to the epoch's beginning. Reading again also costs time;
// how much, the counters say.
#region Through the whole epoch
List<double> Train(bool detach, int epochs, out long steps)
{
    var model = new RnnFromScratch(smaller, RandomStream.Parameters(seed: 1));
    var optimizer = new Sgd(model.Parameters);
    var pool = new TensorPool();
    var carried = model.InitialState(sampler.BatchSize);
    List<double> perplexity = [];
    steps = 0;
    for (var epoch = 1; epoch <= epochs; epoch++)
    {
        carried = model.InitialState(sampler.BatchSize);
        List<Minibatch> read = [];
        var losses = 0.0;
        var minibatches = 0;
        foreach (var minibatch in sampler.Epoch(corpus.Tokens, RandomStream.Batching(seed: 1), epoch))
        {
            using var scope = pool.OpenScope();
            if (detach)
            {
                read.Clear();
            }
            // The sampler fills one minibatch over and over; to read this one again, keep what is in it now.
            read.Add(new(minibatch.Batch, minibatch.Steps, minibatch.X.ToArray(), minibatch.Y.ToArray()));
            var (state, logits) = (carried, carried.Parts[0]);
            foreach (var part in read)
            {
                (logits, state) = model.Forward(Read(part.X, part), state);
                steps += part.Steps;
            }
            var loss = Tensor.SoftmaxCrossEntropy(logits, Read(minibatch.Y, minibatch));
            foreach (var (_, value) in model.Parameters)
            {
                value.ClearGradient();
            }
            loss.Backward();
            GradientClipping.ByGlobalNorm(model.Parameters, maxNorm: 1);
            optimizer.Update(learningRate: 1);
            if (detach)
            {
                carried.CopyFrom(state); // values only: the way back ends here
            }
            losses += loss.ToScalar();
            minibatches++;
        }
        perplexity.Add(Math.Exp(losses / minibatches));
    }
    return perplexity;
}

var few = chapter.Quick ? 1 : 100;
foreach (var detach in new[] { true, false })
{
    var start = TimeProvider.System.GetTimestamp();
    var perplexity = Train(detach, few, out var steps);
    Console.Error.WriteLine($"detach {detach}: {TimeProvider.System.GetElapsedTime(start).TotalSeconds:F1} s");
    Console.WriteLine(
        $"{(detach ? "detached    " : "not detached")}  perplexity after {few} epochs {perplexity[^1]:F2}, "
            + $"time steps forward and back {steps:N0}"
    );
}
#endregion

chapter.Show(
    "exercises-gradients",
    new LineChart(
        "Learning rate 2: perplexity of each epoch",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true, Maximum = 100 },
        [curves[2], curves[3], curves[6], curves[7]]
    )
);
