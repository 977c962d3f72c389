using Recurrent.Emulation;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Tensors;

/// <summary>Whole trainings on an emulated card against the processor's, to the bit.</summary>
public sealed class GpuTrainingTests
{
    private const int Vocabulary = 11;

    private static readonly Dictionary<string, (ModelConfiguration Model, TrainerOptions Options)> s_trainings = new()
    {
        ["scratch"] = (Of("rnn-scratch"), new()),
        ["rnn"] = (Of("rnn"), new()),
        ["rnn-relu"] = (Of("rnn-relu"), new()),
        ["gru, two layers with dropout"] = (Of("gru") with { Layers = 2, Dropout = 0.3 }, new()),
        ["gru-reset-before"] = (Of("gru-reset-before"), new()),
        ["lstm, two layers"] = (Of("lstm") with { Layers = 2 }, new()),
        ["lstm, both directions"] = (Of("lstm") with { Bidirectional = true }, new()),
        ["mingru with embedding"] = (Of("mingru") with { EmbeddingSize = 6 }, new()),
        ["minlstm"] = (Of("minlstm"), new()),
        ["tied"] = (Of("gru") with { EmbeddingSize = 13, TiedWeights = true }, new()),
        ["momentum"] = (Of("rnn"), new() { Momentum = 0.9, WeightDecay = 0.01 }),
        ["rmsprop"] = (Of("rnn"), new() { Optimizer = OptimizerKind.RmsProp, LearningRate = 0.01 }),
        ["adamw"] = (
            Of("rnn"),
            new()
            {
                Optimizer = OptimizerKind.AdamW,
                LearningRate = 0.01,
                WeightDecay = 0.1,
            }
        ),
        ["muon"] = (Of("gru") with { EmbeddingSize = 6 }, new() { Optimizer = OptimizerKind.Muon }),
        ["clipped by value and norm"] = (Of("rnn"), new() { ClipValue = 0.001, ClipNorm = 0.01 }),
        ["validated"] = (Of("rnn"), new() { Validation = 0.3 }),
        ["local steps"] = (Of("gru"), new() { Shards = 3, LocalSteps = 2 }),
    };

    public static TheoryData<string> Names => [.. s_trainings.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Comes_to_the_same_weights_and_losses(string name)
    {
        var (expected, losses) = Train(name, Device.Cpu(threads: 1));
        var (actual, lossesOnCard) = Train(name, new GpuDevice(new EmulatedCard()));
        Assert.Equal(losses, lossesOnCard);
        Assert.Equal(expected, actual);
        Assert.True(losses.Distinct().Count() > 1);
    }

    private static (List<float> Weights, List<double> Losses) Train(string name, Device device)
    {
        var (configuration, options) = s_trainings[name];
        options = options with { BatchSize = 3, Steps = 5, Epochs = 2 };
        var random = RandomStream.Parameters(7);
        var tokens = Enumerable.Range(0, 120).Select(i => (i * i / 3) % Vocabulary).ToArray();
        var model = LanguageModel.Create(configuration, random, device);
        List<double> losses = [];
        foreach (var report in new Trainer(model, tokens, options).Run())
        {
            losses.Add(report.Loss);
            losses.Add(report.GradientNorm);
            losses.Add(report.ValidationLoss ?? 0);
        }
        return ([.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())], losses);
    }

    private static ModelConfiguration Of(string kind) =>
        new()
        {
            Kind = kind,
            VocabularySize = Vocabulary,
            HiddenSize = 13,
        };
}
