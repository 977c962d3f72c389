using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Optimizing;
using Recurrent.Training;

namespace Recurrent.Cli.Commands;

/// <summary>The arguments of <c>train</c> that say how weights follow their gradients.</summary>
internal sealed class OptimizerArguments
{
    private readonly ChoiceOption<OptimizerKind> _optimizer = new(
        "--optimizer",
        "How weights follow their gradients.",
        hasDefault: false,
        ("sgd", OptimizerKind.Sgd),
        ("rmsprop", OptimizerKind.RmsProp),
        ("adam", OptimizerKind.Adam),
        ("adamw", OptimizerKind.AdamW)
    );

    private readonly Option<double?> _learningRate = NumberOption.OptionalReal(
        "--lr",
        "Learning rate. [default: the preset's or, for another optimizer, 1 for sgd, 0.003 for adam, 0.002 for rmsprop]",
        value => value is > 0 and <= TrainerOptions.MaxLearningRate,
        $"above 0 and at most {TrainerOptions.MaxLearningRate}"
    );

    private readonly Option<double?> _momentum = NumberOption.OptionalReal(
        "--momentum",
        "Momentum of sgd. [default: 0, none]",
        value => value is >= 0 and < 1,
        "from 0 to below 1"
    );

    private readonly Option<double?> _weightDecay = NumberOption.OptionalReal(
        "--weight-decay",
        "What draws weights towards 0. [default: 0.01 for adamw, 0 for the others]",
        value => value is >= 0 and < 1,
        "from 0 to below 1"
    );

    private readonly ChoiceOption<ScheduleKind> _schedule = new(
        "--schedule",
        "How the learning rate changes: not, by equal factors, along half a cosine wave, or halved when the loss stops falling.",
        hasDefault: false,
        ("constant", ScheduleKind.Constant),
        ("exponential", ScheduleKind.Exponential),
        ("cosine", ScheduleKind.Cosine),
        ("plateau", ScheduleKind.Plateau)
    );

    private readonly Option<int?> _warmup = NumberOption.OptionalWhole(
        "--warmup",
        "Minibatches over which the learning rate first rises from nothing.",
        0,
        TrainerOptions.MaxWarmupSteps
    );

    private readonly Option<double?> _finalRate = NumberOption.OptionalReal(
        "--final-rate",
        "What the schedule leaves of the learning rate in the end, as a fraction of it.",
        value => value is > 0 and <= 1,
        "above 0 and at most 1"
    );

    private readonly Option<double?> _clip = NumberOption.OptionalReal(
        "--clip",
        "Largest global norm of the gradient; 0 for no clipping.",
        value => value is >= 0 and <= TrainerOptions.MaxClipNorm,
        $"from 0 to {TrainerOptions.MaxClipNorm}"
    );

    private readonly Option<double> _clipValue = NumberOption.Real(
        "--clip-value",
        "Largest magnitude of each value of the gradient, before --clip; 0 for no clipping.",
        value => value is >= 0 and <= TrainerOptions.MaxClipNorm,
        $"from 0 to {TrainerOptions.MaxClipNorm}",
        0
    );

    /// <summary>The options, in the order of the help.</summary>
    public Option[] Options =>
        [
            _optimizer,
            _learningRate,
            _momentum,
            _weightDecay,
            _schedule,
            _warmup,
            _finalRate,
            _clip,
            _clipValue,
        ];

    /// <summary>Planned settings with what is given in place of what was planned.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public TrainerOptions Of(ParseResult parsed, TrainerOptions planned)
    {
        var optimizer = _optimizer.Of(parsed, planned.Optimizer);
        var schedule = _schedule.Of(parsed, planned.Schedule);
        Require(parsed, _momentum, optimizer == OptimizerKind.Sgd, "--optimizer sgd");
        Require(parsed, _finalRate, schedule != ScheduleKind.Constant, "--schedule cosine");
        var asPlanned = optimizer == planned.Optimizer;
        var rate = asPlanned ? planned.LearningRate : TrainerOptions.UsualRate(optimizer);
        var (clip, clipValue) = (
            parsed.GetValue(_clip) ?? planned.ClipNorm ?? 0,
            parsed.GetValue(_clipValue)
        );
        var options = planned with
        {
            Optimizer = optimizer,
            LearningRate = parsed.GetValue(_learningRate) ?? rate,
            Momentum = parsed.GetValue(_momentum) ?? 0,
            Schedule = schedule,
            WarmupSteps = parsed.GetValue(_warmup) ?? planned.WarmupSteps,
            FinalRate = parsed.GetValue(_finalRate) ?? planned.FinalRate,
            ClipNorm = clip > 0 ? clip : null,
            ClipValue = clipValue > 0 ? clipValue : null,
        };
        return parsed.GetValue(_weightDecay) is { } decay ? options with { WeightDecay = decay } : options;
    }

    private static void Require(ParseResult parsed, Option option, bool serves, string wayOut)
    {
        if (!serves && option.IsGiven(parsed))
        {
            throw new UsageException(
                $"{option.Name} would change nothing here; leave it out or add {wayOut}."
            );
        }
    }
}
