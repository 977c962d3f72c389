using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Tensors;

namespace Recurrent.Adaptation;

/// <summary>A network that learns from what it reads, a step of one row at a time.</summary>
internal sealed class AdaptingNetwork : AdaptiveReader
{
    /// <summary>Tokens of a step.</summary>
    public const int Window = 32;

    private static readonly int[] s_row = [0];

    private readonly ILanguageModel _model; // a copy
    private readonly AdaptationRule _rule;
    private readonly TensorPool _pool;
    private readonly ModelState _state; // before the window
    private readonly int[] _tokens = new int[Window + 1]; // those of the window, and the one after it
    private int _count; // of them that were read
    private DecoderState _reading; // with the weights of the last step

    /// <summary>Begins a text.</summary>
    /// <exception cref="ArgumentException">The model reads from both ends, or it cannot be copied.</exception>
    public AdaptingNetwork(ILanguageModel model)
        : base(model.Configuration.VocabularySize)
    {
        if (model.Configuration.Bidirectional)
        {
            throw new ArgumentException(
                "A bidirectional model has seen the tokens it is to predict, so there is nothing to learn from them; "
                    + "use a model that reads left to right.",
                nameof(model)
            );
        }
        _model = LanguageModel.CopyOf(model);
        if (_model == model)
        {
            throw new ArgumentException(
                $"A model of the kind \"{model.Configuration.Kind}\" that computes in a way of its own cannot be "
                    + "copied, and to learn would change it; use one of Recurrent's kinds.",
                nameof(model)
            );
        }
        (_rule, _pool) = (
            new AdaptationRule([.. _model.Parameters.Where(parameter => !IsTable(parameter))]),
            new TensorPool(_model.Device, recyclesTensors: !_model.KeepsTensors)
        );
        _state = _model.InitialState(batch: 1);
        _reading = _model.CreateDecoder().CreateState(capacity: 1);
        _reading.Reset(0);
    }

    private protected override ReadOnlySpan<float> ReadKnown(int token)
    {
        _tokens[_count++] = token;
        if (_count > Window)
        {
            Learn();
        }
        return _reading.Step(s_row, _tokens.AsSpan(_count - 1, 1));
    }

    public override ILanguageModel Adapted()
    {
        Learn();
        return LanguageModel.CopyOf(_model);
    }

    /// <summary>
    /// Whether a parameter is a table of context features. These stay: most of their rows are seldom read, and what
    /// moves by the mean of its gradients would move the farther the fewer they are.
    /// </summary>
    private static bool IsTable(Parameter parameter) =>
        parameter.Name.StartsWith($"{ContextTables.Module}.", StringComparison.Ordinal);

    /// <summary>Takes a step on the tokens of the window that have been predicted, and begins another.</summary>
    private void Learn()
    {
        var steps = _count - 1;
        if (steps < 1)
        {
            return;
        }
        using (_pool.OpenScope())
        using (_model.Device.Record())
        {
            var x = Indices.From(_model.Device, _tokens.AsSpan(0, steps), steps, 1);
            var y = Indices.From(_model.Device, _tokens.AsSpan(1, steps), steps, 1);
            var (_, next) = LanguageModel.Differentiate(_model, x, y, _state);
            if (double.IsFinite(GradientClipping.GlobalNorm(_model.Parameters)))
            {
                _rule.Update(AdaptationRule.Rate);
            }
            _state.CopyFrom(next);
        }
        (_tokens[0], _count) = (_tokens[steps], 1);
        var row = _reading.Save(0);
        _reading = _model.CreateDecoder().CreateState(capacity: 1);
        _reading.Restore(0, row);
    }
}
