using FsCheck;
using FsCheck.Fluent;
using Recurrent.Batching;
using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Elements;
using Recurrent.Layers;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Tensors;

/// <summary>What is recorded and then run, piece by piece of rows, gives the bits of what runs at once.</summary>
public sealed class RecordingTests
{
    private const int Operators = 12; // of a network that chance drew

    /// <summary>Sizes that often meet each other, so that rows of one thing look like rows of another.</summary>
    private static readonly Gen<(int Steps, int Batch, int Width, int Threads, int Seed)> s_networks =
        from steps in Gen.Elements(1, 2, 16)
        from batch in Gen.Elements(1, 16, 20)
        from width in Gen.Elements(1, 4, 16)
        from threads in Gen.Elements(2, 3)
        from seed in Gen.Choose(0, 1_000_000)
        select (steps, batch, width, threads, seed);

    [Fact]
    public void Networks_drawn_by_chance_give_the_same_bits() =>
        Laws.Hold(
            s_networks,
            s =>
            {
                for (var i = 0; i < 5; i++)
                {
                    var network = new DrawnNetwork(s.Steps, s.Batch, s.Width, s.Seed + i);
                    var atOnce = network.Run(new CpuDevice(1), record: false);
                    Assert.Equal(atOnce, network.Run(new CpuDevice(s.Threads), record: true));
                }
            }
        );

    [Fact]
    public void A_value_that_is_read_has_been_computed()
    {
        var device = new CpuDevice(2);
        using var recording = device.Record();
        var x = Tensor.From(device, new float[40 * 3], 40, 3) + 1f;
        Assert.Equal(40 * 3, x.Sum().ToScalar());
        Assert.Equal(2f, (x * 2f).ToArray()[^1]);
        Assert.Equal("Tensor(1) [1]", x[0].Slice(0, 1).ToString());
    }

    [Fact]
    public void A_value_that_is_overwritten_was_used_before()
    {
        var device = new CpuDevice(2);
        using var recording = device.Record();
        var x = Tensor.Zeros(device, 20, 2);
        var y = x + 1f;
        x.Write([.. Enumerable.Repeat(5f, 40)]);
        Assert.All(y.ToArray(), value => Assert.Equal(1f, value));
        Assert.All(x.ToArray(), value => Assert.Equal(5f, value));
    }

    [Fact]
    public void After_a_failure_nothing_is_left_over()
    {
        var device = new CpuDevice(2);
        using (device.Record())
        {
            var table = Tensor.Zeros(device, 3, 2);
            device.Run(new CopyRows(table.Values, 2, Tensor.Zeros(device, 1).Values, 2, 3, 2)); // does not fit
            Assert.ThrowsAny<ArgumentException>(() => table.ToArray());
            Assert.Equal(new float[6], table.ToArray());
        }
        Assert.Equal(2f, (Tensor.Zeros(device, 1) + 2f).ToScalar());
    }

    [Theory]
    [InlineData("rnn", 1, 0, false)]
    [InlineData("gru", 2, 0, false)]
    [InlineData("lstm", 2, 7, true)]
    public void A_step_of_a_model_of_ours_is_a_few_rounds(string kind, int layers, int embedding, bool bidirectional)
    {
        var device = new CpuDevice(2);
        var model = LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = 9,
                HiddenSize = 12,
                Layers = layers,
                EmbeddingSize = embedding,
                Bidirectional = bidirectional,
                Dropout = layers > 1 ? 0.2 : 0,
            },
            RandomStream.Parameters(1),
            device
        );
        var step = new TrainingStep(model, new Sgd(model.Parameters), new TensorPool(device, true));
        var tokens = Enumerable.Range(0, 16 * 5).Select(i => i % 9).ToArray();
        var state = model.InitialState(16);
        step.Run(new Minibatch(16, 5, tokens, tokens), state, RandomStream.Dropout(1), 0.1);
        // There and back through all layers is one; the others belong to the tables of the input and their weights.
        Assert.InRange(device.Rounds, 1, 8);
    }

    /// <summary>A network of operators that chance chose, over leaves that a recurrent network could have.</summary>
    private sealed class DrawnNetwork(int steps, int batch, int width, int seed)
    {
        private readonly RandomStream _random = new(seed, 3);
        private ulong _draws;

        /// <summary>The loss, then some values, then every leaf's gradient.</summary>
        public float[][] Run(Device device, bool record)
        {
            _draws = 0;
            using var recording = record ? device.Record() : null;
            List<Tensor> leaves =
            [
                Leaf(0, steps, batch, width),
                Leaf(1, batch, width),
                Leaf(2, width, width),
                Leaf(3, width),
                Leaf(4, steps * batch, width),
            ];
            List<Tensor> values = [.. leaves];
            for (var i = 0; i < Operators; i++)
            {
                values.Add(Operator(values, leaves));
            }
            var loss = Loss(values, device);
            loss.Backward();
            return [loss.ToArray(), values[^1].ToArray(), .. leaves.Select(leaf => leaf.Gradient?.ToArray() ?? [])];

            Tensor Leaf(int number, params int[] shape)
            {
                var drawn = Draw.Values(seed + number, shape);
                return Tensor.From(device, drawn.ToArray(), shape).RequireGradient();
            }
        }

        private int Below(int bound) => _random.Below(bound, _draws++);

        private Tensor Operator(List<Tensor> values, List<Tensor> leaves)
        {
            var x = values[Below(values.Count)];
            var (w, b) = (leaves[2], leaves[3]);
            // What has a like shape may be joined by an operator of two operands, itself included.
            var like = values.Where(value => value.Shape == x.Shape).ToList();
            var y = like[Below(like.Count)];
            var hasWidth = x.Shape.Rank > 1 && x.Shape[-1] == width;
            return Below(13) switch
            {
                0 => Tensor.Tanh(x),
                1 => Tensor.Sigmoid(x) * y,
                2 => x + y,
                3 when hasWidth => x + b,
                4 when hasWidth => Tensor.MatMul(x, w),
                5 when hasWidth => Tensor.Linear(x, w, b),
                6 when hasWidth => Tensor.MatMul(x, Matrix(values)),
                7 when x.Shape.Rank > 1 => x[Below(x.Shape[0])],
                8 when x.Shape.Rank > 1 => x.Slice(Below(2) % x.Shape[0], 1),
                9 when x.Shape.Rank == 3 => x.Reshape(-1, x.Shape[2]),
                10 when x.Shape.Rank == 2 && x.Shape.Count == steps * batch * width => x.Reshape(steps, batch, width),
                10 when x.Shape.Rank == 2 => Tensor.Transpose(x),
                11 when x.Shape.Count < 20_000 => Tensor.Concatenate([x, y], x.Shape.Rank == 3 ? Below(3) : 0),
                12 when hasWidth && x.Shape.Rank == 3 => Layer(x),
                11 or 12 => Tensor.Dropout(x, 0.2, new RandomStream(seed, 9)),
                _ => x.Detach() * 0.5f + y,
            };
        }

        /// <summary>A square matrix that is computed, or a weight.</summary>
        private Tensor Matrix(List<Tensor> values)
        {
            var square = values.Where(value => value.Shape == new Shape(width, width)).ToList();
            return square[Below(square.Count)];
        }

        private Tensor Layer(Tensor x)
        {
            var options = new RecurrentOptions { InputSize = width, HiddenSize = width };
            var cell = Cell.All[Below(Cell.All.Count)].Name;
            var layers = new RecurrentLayers(cell, options, new RandomStream(seed, 5), x.Device);
            return layers.Forward(x, layers.ZeroState(x.Shape[1])).Output;
        }

        private Tensor Loss(List<Tensor> values, Device device)
        {
            var loss = Tensor.Tanh(values[^1]).Mean();
            for (var i = values.Count - 1; i > values.Count - 4; i--)
            {
                var x = values[i];
                loss += Below(2) == 0 ? x.Mean() * 0.3f : (Tensor.Tanh(x) * x).Sum() * 0.01f;
                if (x.Shape.Rank > 1)
                {
                    var rows = x.Shape.Count / x.Shape[-1];
                    var columns = rows % batch == 0 ? batch : 1;
                    var labels = Draw.Indices(seed, rows, x.Shape[-1]);
                    loss += Tensor.SoftmaxCrossEntropy(
                        x.Reshape(rows, x.Shape[-1]),
                        Indices.From(device, labels, rows / columns, columns)
                    );
                }
            }
            return loss;
        }
    }
}
