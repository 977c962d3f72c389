using Recurrent.Batching;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>One step: what it reads back from the device, and when.</summary>
public sealed class TrainingStepTests
{
    private readonly LockedDevice _device = new();
    private readonly ILanguageModel _model;
    private readonly ModelState _state;

    public TrainingStepTests()
    {
        _model = LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = "gru",
                VocabularySize = 7,
                HiddenSize = 5,
            },
            RandomStream.Parameters(1),
            _device
        );
        _state = _model.InitialState(2);
    }

    [Fact]
    public void Nothing_is_read_back_until_somebody_asks()
    {
        var step = Step();
        Assert.Equal(0, ValuesReadBy(() => Run(step)));
        StepResult result = null!;
        Assert.Equal(0, ValuesReadBy(() => result = Run(step)));
        Assert.Equal(1, ValuesReadBy(() => Assert.True(double.IsFinite(result.Loss))));
        Assert.Equal(_model.Parameters.Count, ValuesReadBy(() => Assert.True(result.GradientNorm > 0)));
        Assert.Equal(0, ValuesReadBy(() => Assert.True(result.IsFinite)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.001)]
    public void Clipping_by_the_norm_reads_nothing_either(double? clipValue)
    {
        var step = Step(clipNorm: 0.5, clipValue);
        Assert.Equal(0, ValuesReadBy(() => Run(step)));
    }

    [Fact]
    public void Loss_and_norm_may_be_read_a_step_later()
    {
        var (expected, actual) = (new List<(double, double)>(), new List<(double, double)>());
        var start = _model.Parameters.Select(parameter => parameter.Value.ToArray()).ToList();
        var step = Step(clipNorm: 0.5);
        for (var i = 0; i < 4; i++)
        {
            var result = Run(step);
            expected.Add((result.Loss, result.GradientNorm));
        }
        for (var i = 0; i < start.Count; i++)
        {
            _model.Parameters[i].Value.Write(start[i]);
        }
        _state.CopyFrom(_model.InitialState(2));
        step = Step(clipNorm: 0.5);
        var before = Run(step);
        for (var i = 0; i < 4; i++)
        {
            var next = Run(step);
            actual.Add((before.Loss, before.GradientNorm));
            before = next;
        }
        Assert.Equal(expected, actual);
        Assert.Equal(4, expected.Distinct().Count());
    }

    private TrainingStep Step(double? clipNorm = null, double? clipValue = null) =>
        new(_model, new Sgd(_model.Parameters), new TensorPool(_device)) { ClipNorm = clipNorm, ClipValue = clipValue };

    private StepResult Run(TrainingStep step) =>
        step.Run(
            new Minibatch(2, 3, new[] { 1, 2, 3, 4, 5, 6 }, new[] { 3, 4, 5, 6, 1, 0 }),
            _state,
            dropout: null,
            learningRate: 0.5
        );

    private int ValuesReadBy(Action action)
    {
        var before = _device.ValuesRead;
        action();
        return _device.ValuesRead - before;
    }
}
