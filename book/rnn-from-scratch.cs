#:project Recurrent.Book/Recurrent.Book.csproj

// Implementation of recurrent neural networks from scratch (Dive into Deep Learning, 8.5): a character model out of
// matrix products, tanh and a loop, trained on The Time Machine until it has almost memorised it.
//
//   dotnet run book/rnn-from-scratch.cs

using Recurrent.Batching;
using Recurrent.Book;
using Recurrent.Models;
using Recurrent.Optimizing;
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

// A token is a number, but a larger number is not "more" of anything. So each token becomes a vector as long as the
// vocabulary, 1 at its own place and 0 elsewhere. A minibatch (batch, steps) is turned round, so that its outermost
// axis is time: the loop over the steps then takes inputs[t], one character of every row.
Chapter.Section("One-hot");

#region One-hot
Tensor oneHot = Tensor.OneHot([0, 2], vocabulary.Count, 2);
Console.WriteLine($"tokens 0 and 2: {oneHot.Shape}, 1 at {string.Join(" and ", oneHot.ArgMax())}");

int[] example = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]; // (2, 5): two rows of five steps
Tensor exampleInputs = Tensor.OneHot(
    Indices.Transposed(Device.Default, example, rows: 2, columns: 5),
    vocabulary.Count
);
Console.WriteLine($"two rows of five steps: {exampleInputs.Shape}");
#endregion

// Three matrices and two biases are all that is learned. The matrices begin small and random, the biases as zeros.
Chapter.Section("Parameters");

#region Parameters
Parameter[] GetParameters(int hiddenUnits, Device? device = null)
{
    device ??= Device.Default;
    var random = RandomStream.Parameters(Seed);
    Tensor Normal(ulong place, int rows, int columns) =>
        Tensor.Normal(device, random.Fork(place), 0.01f, rows, columns);

    Parameter[] parameters =
    [
        new("W_xh", Normal(0, vocabulary.Count, hiddenUnits)), // input to hidden
        new("W_hh", Normal(1, hiddenUnits, hiddenUnits)), // hidden to hidden: the memory
        new("b_h", Tensor.Zeros(device, hiddenUnits)),
        new("W_hq", Normal(2, hiddenUnits, vocabulary.Count)), // hidden to output
        new("b_q", Tensor.Zeros(device, vocabulary.Count)),
    ];
    foreach (var parameter in parameters)
    {
        parameter.Value.RequireGradient();
    }
    return parameters;
}

var hiddenUnits = chapter.Quick ? 64 : 512;
foreach (var (name, value) in GetParameters(hiddenUnits))
{
    Console.WriteLine($"{name, -4} {value.Shape}");
}
#endregion

// The network. Inside the loop stand the two equations; around it, one step after the other.
Chapter.Section("The model");

#region The model
(Tensor Y, Tensor H) Rnn(Tensor inputs, Tensor H, Parameter[] parameters)
{
    var (W_xh, W_hh, b_h) = (parameters[0].Value, parameters[1].Value, parameters[2].Value);
    var (W_hq, b_q) = (parameters[3].Value, parameters[4].Value);
    var outputs = new Tensor[inputs.Shape[0]];
    for (var t = 0; t < outputs.Length; t++)
    {
        H = Tensor.Tanh(Tensor.MatMul(inputs[t], W_xh) + Tensor.MatMul(H, W_hh) + b_h);
        outputs[t] = Tensor.MatMul(H, W_hq) + b_q;
    }
    return (Tensor.Concatenate(outputs), H);
}

var (exampleY, exampleH) = Rnn(exampleInputs, Tensor.Zeros(2, hiddenUnits), GetParameters(hiddenUnits));
Console.WriteLine($"Y {exampleY.Shape}: one prediction for each character; H {exampleH.Shape}: one state for each row");
#endregion

// Prediction: read the prefix for the sake of the state, then take the likeliest next character, read that too, and so
// on. An untrained network repeats itself.
Chapter.Section("Prediction before training");

#region Prediction
string Predict(string prefix, int length, Parameter[] parameters)
{
    using var noGradient = GradientMode.Disable();
    var device = parameters[0].Value.Device;
    var H = Tensor.Zeros(device, 1, parameters[2].Value.Count);
    List<int> tokens = [.. vocabulary.Encode(Tokenizer.Characters.Tokenize(prefix))];
    var read = 0;
    while (true)
    {
        (var Y, H) = Rnn(Tensor.OneHot(Indices.From(device, [tokens[read]], 1, 1), vocabulary.Count), H, parameters);
        read++;
        if (read == tokens.Count)
        {
            if (length-- == 0)
            {
                return string.Concat(vocabulary.Decode(tokens));
            }
            tokens.Add(Y.ArgMax()[0]);
        }
    }
}

Console.WriteLine(Predict(text.Prefix, 10, GetParameters(hiddenUnits)));
#endregion

// Gradients flow back through all 35 steps, and through W_hh once for each: they may grow with every step. Clipping
// shortens them, all parameters together as one vector, to a length of at most θ. The direction stays.
Chapter.Section("Clipping");

#region Clipping
double Clip(Parameter[] parameters, double theta)
{
    var squares = 0.0;
    foreach (var parameter in parameters)
    {
        foreach (var g in parameter.Value.Gradient!.ToArray())
        {
            squares += (double)g * g;
        }
    }
    var norm = Math.Sqrt(squares);
    if (norm > theta)
    {
        var scale = (float)(theta / norm);
        foreach (var parameter in parameters)
        {
            parameter.Value.Gradient!.ScaleInPlace(scale);
        }
    }
    return norm;
}

Parameter[] pair = [new("a", Tensor.From([3], 1).RequireGradient()), new("b", Tensor.From([4], 1).RequireGradient())];
(pair[0].Value * pair[0].Value + pair[1].Value * pair[1].Value).Backward(); // gradients 6 and 8
var before = Clip(pair, theta: 1);
Console.WriteLine(
    $"norm {before} becomes {GradientClipping.GlobalNorm(pair):F3}: {pair[0].Value.Gradient!.ToScalar():F1}, {pair[1].Value.Gradient!.ToScalar():F1}"
);
#endregion

// Training. The loss of a minibatch is the mean cross-entropy of its predictions, and every weight takes a step down
// its gradient. Under sequential partition each row goes on where it ended, so H keeps its values; only the values, for
// the way back through all minibatches before would have no end. Under random sampling every minibatch begins from
// zeros.
Chapter.Section("Training");

#region One epoch
double TrainEpoch(BatchSampler sampler, Parameter[] parameters, int epoch, TensorPool pool)
{
    var device = parameters[0].Value.Device;
    var H = Tensor.Zeros(device, BatchSize, hiddenUnits);
    var (sum, tokens) = (0.0, 0);
    foreach (var minibatch in sampler.Epoch(corpus.Tokens, RandomStream.Batching(Seed), epoch))
    {
        using var scope = pool.OpenScope(); // each minibatch takes up the memory of the one before
        if (!sampler.CarriesState)
        {
            H.ScaleInPlace(0);
        }
        var X = Tensor.OneHot(Indices.From(device, minibatch.X.Span, Steps, BatchSize), vocabulary.Count);
        var (Y, end) = Rnn(X, H, parameters);
        var loss = Tensor.SoftmaxCrossEntropy(Y, Indices.From(device, minibatch.Y.Span, Steps, BatchSize));
        foreach (var parameter in parameters)
        {
            parameter.Value.ClearGradient();
        }
        loss.Backward();
        Clip(parameters, theta: 1);
        Descend(parameters, learningRate: 1);
        H.CopyFrom(end);
        sum += (double)loss.ToScalar() * minibatch.X.Length;
        tokens += minibatch.X.Length;
    }
    return Math.Exp(sum / tokens);
}

// Stochastic gradient descent: w ← w − η·g.
static void Descend(Parameter[] parameters, float learningRate)
{
    foreach (var parameter in parameters)
    {
        parameter.Value.AddInPlace(parameter.Value.Gradient!, -learningRate);
    }
}
#endregion

// 350 epochs under each sampler, both at once, one thread each.
#region Training
var epochs = chapter.Quick ? 4 : 350;
BatchSampler[] samplers = [new SequentialPartition(BatchSize, Steps), new RandomSampling(BatchSize, Steps)];
(Parameter[] Parameters, double[] Perplexities)[] trained =
[
    .. samplers
        .AsParallel()
        .AsOrdered()
        .Select(sampler =>
        {
            var device = Device.Cpu(threads: 1);
            var parameters = GetParameters(hiddenUnits, device);
            using var pool = new TensorPool(device);
            var perplexities = new double[epochs];
            for (var epoch = 1; epoch <= epochs; epoch++)
            {
                perplexities[epoch - 1] = TrainEpoch(sampler, parameters, epoch, pool);
            }
            return (parameters, perplexities);
        }),
];

Console.WriteLine("epoch  sequential   random");
for (var epoch = chapter.Quick ? 1 : 50; epoch <= epochs; epoch += chapter.Quick ? 1 : 50)
{
    Console.WriteLine(
        $"{epoch, 5}  {trained[0].Perplexities[epoch - 1], 10:F3} {trained[1].Perplexities[epoch - 1], 8:F3}"
    );
}
Console.WriteLine($"sequential: {Predict(text.Prefix, 50, trained[0].Parameters)}");
Console.WriteLine($"random:     {Predict(text.Prefix, 50, trained[1].Parameters)}");
#endregion

double[] epochNumbers = [.. Enumerable.Range(1, epochs).Select(epoch => (double)epoch)];
chapter.Show(
    "rnn-from-scratch-perplexity",
    new LineChart(
        "Training from scratch",
        new Axis("epoch"),
        new Axis("perplexity") { IsLogarithmic = true },
        new Series("sequential partition", epochNumbers, trained[0].Perplexities),
        new Series("random sampling", epochNumbers, trained[1].Perplexities)
    )
);

// The library has this very network as RnnFromScratch, with the same five parameters and the same two equations, and a
// Trainer that does the steps above. So it goes the same way, epoch by epoch.
Chapter.Section("The library's model");

#region The library's model
var model = new RnnFromScratch(
    new ModelConfiguration { VocabularySize = vocabulary.Count, HiddenSize = hiddenUnits },
    RandomStream.Parameters(Seed)
);
var trainer = new Trainer(model, corpus.Tokens, new TrainerOptions { Epochs = 3, Seed = Seed });
foreach (var report in trainer.Run())
{
    Console.WriteLine(
        $"epoch {report.Epoch}: {report.Perplexity:F3}, ours {trained[0].Perplexities[report.Epoch - 1]:F3}"
    );
}
#endregion
