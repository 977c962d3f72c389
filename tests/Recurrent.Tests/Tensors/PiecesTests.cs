using Recurrent.Formats;
using Recurrent.Kernels.Cells;
using Recurrent.Layers;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Formats;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Tensors;

/// <summary>
/// Every operator gives the same bits in pieces, in any order, as whole: forward, back and for weights.
/// </summary>
public sealed class PiecesTests
{
    /// <summary>An operator, and the shapes of its operands for three lengths.</summary>
    private static readonly (Func<Tensor[], Tensor> Apply, Func<int, int, int, int[][]> Shapes)[] s_operators =
    [
        (
            t => t[0] + t[1],
            (m, n, k) =>
                [
                    [m, n, k],
                    [m, n, k],
                ]
        ),
        (
            t => t[0] + t[1],
            (m, n, k) =>
                [
                    [m, n, k],
                    [k],
                ]
        ),
        (
            t => t[0] - t[1],
            (m, n, k) =>
                [
                    [n, k],
                    [m, n, k],
                ]
        ),
        (
            t => t[0] - t[1],
            (m, n, k) =>
                [
                    [m, n, k],
                    [n, 1],
                ]
        ),
        (
            t => t[0] * t[1],
            (m, n, k) =>
                [
                    [m, n, k],
                    [n, k],
                ]
        ),
        (
            t => t[0] * t[1],
            (m, n, k) =>
                [
                    [m, 1],
                    [1, n],
                ]
        ),
        (
            t => t[0] * t[0],
            (m, n, k) =>
                [
                    [m, n, k],
                ]
        ),
        (
            t => t[0] / ((t[1] * t[1]) + 1f),
            (m, n, k) =>
                [
                    [m, n, k],
                    [m, n, k],
                ]
        ),
        (
            t => 1f - (t[0] * 0.5f),
            (m, n, k) =>
                [
                    [m, n, k],
                ]
        ),
        (
            t => Tensor.Tanh(t[0]) + Tensor.Sigmoid(t[0]) + Tensor.Relu(t[0]),
            (m, n, k) =>
                [
                    [m, n, k],
                ]
        ),
        (
            t => Tensor.Dropout(Tensor.Tanh(t[0]), 0.3, new RandomStream(3, 4)),
            (m, n, k) =>
                [
                    [m, n, k],
                ]
        ),
        (
            t => Tensor.MatMul(t[0], t[1]),
            (m, n, k) =>
                [
                    [m, n, k],
                    [k, n],
                ]
        ),
        (
            t => Tensor.MatMul(t[0], Tensor.Tanh(t[1])),
            (m, n, k) =>
                [
                    [m, k],
                    [k, n],
                ]
        ),
        (
            t => Tensor.Linear(t[0], t[1], t[2]),
            (m, n, k) =>
                [
                    [m, n, k],
                    [n, k],
                    [n],
                ]
        ),
        (
            t => Tensor.Linear(t[0], t[1], t[2]) + Tensor.Linear(t[0], t[1], t[2]),
            (m, n, k) =>
                [
                    [m, k],
                    [n, k],
                    [n],
                ]
        ),
        (
            t => Tensor.Tanh(Tensor.Lookup(t[0], [0, 1, 0, 1, 1])),
            (m, n, k) =>
                [
                    [m + 1, k],
                ]
        ),
        (
            t => Tensor.Transpose(t[0]) * 2f,
            (m, n, k) =>
                [
                    [m, n],
                ]
        ),
        (
            t => t[0][0] * t[0].Slice(0, 1).Reshape(t[0].Shape[1], -1),
            (m, n, k) =>
                [
                    [m, n, k],
                ]
        ),
        (
            t => Tensor.Concatenate([t[0], t[1], t[0]], 1),
            (m, n, k) =>
                [
                    [m, n, k],
                    [m, 3, k],
                ]
        ),
        (
            t => Tensor.Concatenate([t[0], t[1]], -1),
            (m, n, k) =>
                [
                    [m, n],
                    [m, k],
                ]
        ),
        (
            t => t[0] * t[0].Mean(),
            (m, n, k) =>
                [
                    [m, n, k],
                ]
        ),
        (
            t => Tensor.SoftmaxCrossEntropy(t[0], new int[t[0].Shape[0]]) * 3f,
            (m, n, k) =>
                [
                    [m * n, k],
                ]
        ),
    ];

    public static TheoryData<string> Cells => [.. Cell.All.Select(cell => cell.Name)];

    [Fact]
    public void Operators() =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                foreach (var (apply, shapes) in s_operators)
                {
                    // Some three times the sizes, so that there are several pieces, and vectors that are not whole.
                    Tensor[] values =
                    [
                        .. shapes(3 * s.M, 4 * s.N, 7 * s.K).Select((shape, i) => Draw.Values(s.Seed + i, shape)),
                    ];
                    AssertSame(s.Seed, values, apply);
                }
            }
        );

    [Theory]
    [MemberData(nameof(Cells))]
    public void Recurrent_layers(string cell) =>
        Laws.Hold(
            Draw.Sizes,
            s =>
            {
                var options = new RecurrentOptions
                {
                    InputSize = 3 * s.N,
                    HiddenSize = 5 * s.K,
                    Layers = 2,
                    Bidirectional = s.Seed % 2 == 0,
                };
                var (steps, batch) = (s.M, 4 * s.N);
                var tokens = Draw.Indices(s.Seed, steps * batch, options.InputSize);
                float[][] Run(Device device)
                {
                    var layers = new RecurrentLayers(cell, options, new RandomStream(s.Seed, 2), device);
                    var state = layers.ZeroState(batch);
                    foreach (var part in state)
                    {
                        part.RequireGradient();
                    }
                    var (output, final) = layers.Forward(Indices.From(device, tokens, steps, batch), state);
                    var loss = (output * output).Sum();
                    foreach (var part in final)
                    {
                        loss += part.Sum();
                    }
                    loss.Backward();
                    return
                    [
                        output.ToArray(),
                        .. layers.Parameters.Select(parameter => parameter.Value.Gradient!.ToArray()),
                        .. state.Select(part => part.Gradient!.ToArray()),
                    ];
                }
                Assert.Equal(Run(Device.Default), Run(new PiecesDevice(s.Seed)));
            }
        );

    [Theory]
    [InlineData("rnn-scratch", false)]
    [InlineData("gru", false)]
    [InlineData("lstm", true)]
    [InlineData("minlstm", true)]
    public void Training(string kind, bool hasMore)
    {
        var corpus = Corpus.FromText(string.Join(' ', Enumerable.Repeat("the tide went out and in", 9)));
        var configuration = new ModelConfiguration
        {
            Kind = kind,
            VocabularySize = corpus.Vocabulary.Count,
            HiddenSize = 37,
            Layers = hasMore ? 2 : 1,
            Bidirectional = hasMore,
            EmbeddingSize = hasMore ? 11 : 0,
            Dropout = hasMore ? 0.2 : 0,
        };
        byte[] Train(Device device)
        {
            var model = LanguageModel.Create(configuration, RandomStream.Parameters(1), device);
            var options = new TrainerOptions
            {
                BatchSize = 7,
                Steps = 5,
                Epochs = 3,
            };
            _ = new Trainer(model, corpus.Tokens, options).Run(TestContext.Current.CancellationToken).Last();
            return TinyModel.Save(new TrainedModel(model, corpus.Codec, new TrainingSummary()));
        }
        var device = new PiecesDevice(seed: 5);
        Assert.Equal(Train(new CpuDevice(2)), Train(device));
        Assert.True(device.MostPieces > 3, $"At most {device.MostPieces} pieces.");
    }

    private static void AssertSame(int seed, Tensor[] values, Func<Tensor[], Tensor> apply)
    {
        float[][] Run(Device device)
        {
            Tensor[] operands =
            [
                .. values.Select(value =>
                    Tensor.From(device, value.ToArray(), value.Shape.ToArray()).RequireGradient()
                ),
            ];
            var y = apply(operands);
            (y * y).Sum().Backward();
            return [y.ToArray(), .. operands.Select(operand => operand.Gradient!.ToArray())];
        }
        Assert.Equal(Run(Device.Default), Run(new PiecesDevice(seed)));
    }
}
